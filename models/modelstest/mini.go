// Package modelstest makes miniature dual encoders in the layouts of published ones: ONNX files of a few kilobytes
// whose embeddings can be computed by hand. Tests of several packages run them.
package modelstest

import "math"

// Spec is a miniature: what an exporter may decide differently.
type Spec struct {
	Dim, Size, Context, Vocabulary int
	ImageIn, ImageOut              string
	TextIn, TextOut                string
	IDs                            int64   // type of token ids: Int32 or Int64
	Floats                         int64   // type of pixels and embeddings: Float32 or Float16
	Batch                          int64   // fixed number of rows, or 0
	Mask                           bool    // the text tower asks for attention_mask
	Normalise                      bool    // embeddings leave at length 1
	Scale, Bias                    float32 // of the logits of a file with both towers; Scale 0 leaves logits out
	Dynamic                        bool    // pixels go through dynamic quantization
	External                       string  // file for the weights, or ""
	Unshaped                       bool    // the embedding's width is not declared
	Pooled                         bool    // also gives the features before the projection, as pooler_output
	OneBatch                       bool    // a file with both towers wants equally many images and texts
}

// texts is the declared number of texts.
func (s Spec) texts() int64 {
	if s.Batch == 0 && !s.OneBatch {
		return -1
	}
	return s.Batch
}

// Default is Hugging Face's split export of a miniature.
func Default() Spec {
	return Spec{
		Dim: 6, Size: 8, Context: 12, Vocabulary: VocabularySize,
		ImageIn: "pixel_values", ImageOut: "image_embeds", TextIn: "input_ids", TextOut: "text_embeds",
		IDs: Int64, Floats: Float32,
	}
}

// cells is the number of features before the projection: the means of 2×2 tiles in each colour.
const cells = 12

// wave is a made-up weight.
func wave(i int, phase float64) float32 { return float32(math.Sin(1.3*float64(i) + phase)) }

func waves(n int, phase float64) []float32 {
	w := make([]float32, n)
	for i := range w {
		w[i] = wave(i, phase)
	}
	return w
}

// VisualProjection is the matrix (Dim, cells) from the features to the embedding.
func (s Spec) VisualProjection() []float32 {
	w, t := waves(cells*s.Dim, 0.5), make([]float32, cells*s.Dim)
	for e := range cells {
		for d := range s.Dim {
			t[d*cells+e] = w[e*s.Dim+d]
		}
	}
	return t
}

// image adds the image tower to n.
func (s Spec) image(n *network) string {
	n.input(s.ImageIn, s.Floats, s.Batch, 3, int64(s.Size), int64(s.Size))
	x := n.op("Cast", []string{s.ImageIn}, integer("to", Float32))
	if s.Dynamic {
		q := []string{n.fresh(), n.fresh(), n.fresh()}
		n.node("DynamicQuantizeLinear", []string{x}, q)
		x = n.op("DequantizeLinear", q)
	}
	half := int64(s.Size / 2)
	x = n.op("AveragePool", []string{x}, integers("kernel_shape", half, half), integers("strides", half, half))
	x = n.op("Flatten", []string{x}, integer("axis", 1))
	if s.Pooled {
		n.output(n.op("Cast", []string{x}, integer("to", s.Floats)), "pooler_output", s.Floats, s.Batch, cells)
	}
	x = n.op("MatMul", []string{x, n.floats(waves(cells*s.Dim, 0.5), cells, int64(s.Dim))})
	return s.finish(n, x)
}

// text adds the text tower: the mean of the tokens' vectors, so that padding counts, or their sum under the mask.
func (s Spec) text(n *network) string {
	n.input(s.TextIn, s.IDs, s.texts(), int64(s.Context))
	ids := n.op("Cast", []string{s.TextIn}, integer("to", Int64))
	x := n.op("Gather", []string{n.floats(waves(s.Vocabulary*s.Dim, 0.2), int64(s.Vocabulary), int64(s.Dim)), ids})
	if s.Mask {
		n.input("attention_mask", s.IDs, s.texts(), int64(s.Context))
		m := n.op("Cast", []string{"attention_mask"}, integer("to", Float32))
		m = n.op("Unsqueeze", []string{m, n.int64s(2)})
		x = n.op("Mul", []string{x, m})
	}
	x = n.op("ReduceMean", []string{x}, integers("axes", 1), integer("keepdims", 0))
	return s.finish(n, x)
}

func (s Spec) finish(n *network, x string) string {
	if s.Normalise {
		x = n.op("LpNormalization", []string{x}, integer("axis", 1), integer("p", 2))
	}
	return x
}

func (s Spec) leave(n *network, x, name string, rows int64) {
	dim := int64(s.Dim)
	if s.Unshaped {
		dim = 0
	}
	n.output(n.op("Cast", []string{x}, integer("to", s.Floats)), name, s.Floats, rows, dim)
}

// Vision is the file of the image tower, and that of its weights if they lie outside.
func (s Spec) Vision() (file, weights []byte) {
	n := &network{external: s.External}
	s.leave(n, s.image(n), s.ImageOut, s.Batch)
	return n.file(), n.weights
}

// Text is the file of the text tower.
func (s Spec) Text() []byte {
	n := &network{}
	s.leave(n, s.text(n), s.TextOut, s.texts())
	return n.file()
}

// Both is a file with both towers and, if Scale is set, their logits.
func (s Spec) Both() []byte {
	n := &network{}
	image, text := s.image(n), s.text(n)
	if s.Scale != 0 {
		logits := n.op("MatMul", []string{text, n.op("Transpose", []string{image}, integers("perm", 1, 0))})
		logits = n.op("Mul", []string{logits, n.floats([]float32{s.Scale}, 1)})
		logits = n.op("Add", []string{logits, n.floats([]float32{s.Bias}, 1)})
		n.output(logits, "logits_per_text", Float32, s.texts(), s.Batch)
		transposed := n.op("Transpose", []string{logits}, integers("perm", 1, 0))
		n.output(transposed, "logits_per_image", Float32, s.Batch, s.texts())
	}
	s.leave(n, text, s.TextOut, s.texts())
	s.leave(n, image, s.ImageOut, s.Batch)
	return n.file()
}

// Unprojected is an image tower exported without its projection.
func (s Spec) Unprojected() []byte {
	n := &network{}
	n.input(s.ImageIn, Float32, 0, 3, int64(s.Size), int64(s.Size))
	x := n.op("GlobalAveragePool", []string{s.ImageIn})
	n.output(x, "last_hidden_state", Float32, 0, 3, 1)
	n.output(n.op("Flatten", []string{x}, integer("axis", 1)), "pooler_output", Float32, 0, 3)
	return n.file()
}

// Image is what the image tower gives for one picture (3, Size, Size).
func (s Spec) Image(pixels []float32) []float32 {
	half, feature := s.Size/2, make([]float64, cells)
	for i, v := range pixels {
		c, y, x := i/(s.Size*s.Size), i/s.Size%s.Size, i%s.Size
		feature[c*4+y/half*2+x/half] += float64(v) / float64(half*half)
	}
	w, out := waves(cells*s.Dim, 0.5), make([]float64, s.Dim)
	for e, f := range feature {
		for d := range out {
			out[d] += f * float64(w[e*s.Dim+d])
		}
	}
	return s.round(out)
}

// Tokens is what the text tower gives for one text of Context ids, of which length are not padding.
func (s Spec) Tokens(ids []int64, length int) []float32 {
	out := make([]float64, s.Dim)
	for i, id := range ids {
		for d := range out {
			if !s.Mask || i < length {
				out[d] += float64(wave(int(id)*s.Dim+d, 0.2)) / float64(len(ids))
			}
		}
	}
	return s.round(out)
}

func (s Spec) round(v []float64) []float32 {
	out, norm := make([]float32, len(v)), 0.0
	for _, x := range v {
		norm += x * x
	}
	for i, x := range v {
		if s.Normalise {
			x /= math.Sqrt(norm)
		}
		out[i] = float32(x)
	}
	return out
}
