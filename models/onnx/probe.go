//go:build cgo

package onnx

import (
	"fmt"
	"math"
	"strconv"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/graph"
	"github.com/fedpurel/fedpurel/train/fault"
)

// probes is the number of made-up pictures that a new encoder is tried on.
const probes = 4

// probe runs the towers on made-up input to learn the widths of their rows, whether those have length 1, and the logit
// scale of a file that gives logits.
func (e *encoder) probe() error {
	m := e.model
	e.traits.Single = e.limit(m.Vision) == 1 && m.Vision.Batch() == 0
	s, rows := m.Preprocess.Size, max(e.limit(m.Vision), 1)
	e.traits.Normalised = true
	var samples []sample
	for k := range probes {
		pixels := make([]float32, rows*3*s*s)
		for i := range pixels {
			pixels[i] = float32(math.Sin(float64(i*(k+1))/(7+float64(k))) + 0.3*float64(k))
		}
		v, err := floats(m.Vision.Input.Type, pixels, int64(rows), 3, int64(s), int64(s))
		if err != nil {
			return fmt.Errorf("onnx: %w", err)
		}
		err = e.try(e.vision, m.Vision, v, rows, &e.traits.Width, func(row []float32, logit, cosine float64) {
			e.traits.Normalised = e.traits.Normalised && math.Abs(norm(row)-1) < 1e-3
			samples = append(samples, sample{cosine, logit})
		})
		destroy([]ort.Value{v})
		if err != nil {
			return err
		}
	}
	if e.traits.Dim = m.Dim; e.text != nil {
		rows := max(e.limit(m.Text), 1)
		v, err := ints(m.Text.Input.Type, make([]int64, rows*m.Context), int64(rows), int64(m.Context))
		if err != nil {
			return fmt.Errorf("onnx: %w", err)
		}
		defer destroy([]ort.Value{v})
		if err := e.try(e.text, m.Text, v, rows, &e.traits.Dim, func([]float32, float64, float64) {}); err != nil {
			return err
		}
	} else if m.Projection == "" {
		e.traits.Dim = e.traits.Width
	}
	if m.Projection == "" && e.traits.Width != e.traits.Dim {
		return fault.Corruptf("onnx: the towers of %s give rows of %d and of %d: they belong to different models, "+
			"or were exported without the projection", m.Folder, e.traits.Width, e.traits.Dim)
	}
	e.traits.LogitScale = scaleOf(samples, m.Family)
	return nil
}

// try runs a tower with room made by ONNX Runtime, notes the width of its rows and shows the first row to see, with the
// logit and the cosine of the pair where the file gives them (else NaN).
func (e *encoder) try(
	s *session, t *models.Tower, main ort.Value, rows int, w *int, see func(row []float32, logit, cosine float64),
) error {
	c, err := e.call(s, t, main, nil, rows)
	defer destroy(c.own)
	if err == nil && t.Output.Type != graph.Float32 {
		columns := t.Output.Columns()
		if columns == 0 {
			return fault.Corruptf("onnx: %s of %s gives float16 rows of a width that it does not declare; "+
				"take the float32 file", t.File, e.model.Folder)
		}
		c.out[t.Output.Name], _, err = roomFor(t.Output.Type, make([]float32, rows*columns), rows, columns)
	}
	if err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	all, err := s.run(c)
	defer destroy(all)
	if err != nil {
		return fault.Corruptf("onnx: run %s of %s: %w", t.File, e.model.Folder, err)
	}
	out := s.result(all, t.Output.Name)
	if *w, err = width(out, rows); err != nil {
		return fault.Corruptf("onnx: run %s of %s: %w", t.File, e.model.Folder, err)
	}
	if d := e.model.Dim; d != 0 && *w != d && (e.model.Projection == "" || t != e.model.Vision) {
		return fault.Corruptf("onnx: %s of %s gives rows of %d, its config says %d: "+
			"it was exported without the projection, or belongs to another model", t.File, e.model.Folder, *w, d)
	}
	row, err := firstRow(out, *w)
	if err != nil {
		return fault.Corruptf("onnx: run %s of %s: %w", t.File, e.model.Folder, err)
	}
	if n := norm(row); !(n > 0) || math.IsInf(n, 1) {
		return fault.Corruptf("onnx: %s of %s gives a row of length %v for ordinary input: the file is damaged, "+
			"or its number type too narrow (take the float32 file)", t.File, e.model.Folder, n)
	}
	logit, cosine := math.NaN(), math.NaN()
	if l := e.model.Vision.Logits; l != nil && l.Type == graph.Float32 && e.text == s && t == e.model.Vision {
		if text, err := firstRow(s.result(all, e.model.Text.Output.Name), *w); err == nil {
			if v, ok := s.result(all, l.Name).(*ort.Tensor[float32]); ok && len(v.GetData()) > 0 {
				logit, cosine = float64(v.GetData()[0]), dot(row, text)/(norm(row)*norm(text))
			}
		}
	}
	see(row, logit, cosine)
	return nil
}

func firstRow(v ort.Value, w int) ([]float32, error) {
	switch t := v.(type) {
	case *ort.Tensor[float32]:
		return append([]float32(nil), t.GetData()[:w]...), nil
	case *ort.CustomDataTensor:
		out := make([]float32, w)
		halves(out, t.GetData())
		return out, nil
	}
	return nil, fmt.Errorf("the embedding is neither float32 nor float16")
}

// sample is one pair of an image and a text.
type sample struct{ cosine, logit float64 }

// scaleOf is the slope of logits over cosines, to five digits, or 0 if there are no logits or they are not on a line:
// s·cos for CLIP, s·cos + b for SigLIP.
func scaleOf(samples []sample, family models.Family) float64 {
	var mx, my, xx, xy float64
	n := float64(len(samples))
	if family == models.SigLIP {
		for _, p := range samples {
			mx, my = mx+p.cosine/n, my+p.logit/n
		}
	}
	for _, p := range samples {
		xx, xy = xx+(p.cosine-mx)*(p.cosine-mx), xy+(p.cosine-mx)*(p.logit-my)
	}
	s := xy / xx
	for _, p := range samples {
		if d := p.logit - my - s*(p.cosine-mx); !(math.Abs(d) < 1e-2) {
			return 0
		}
	}
	if !(s > 0) || math.IsInf(s, 0) {
		return 0
	}
	s, _ = strconv.ParseFloat(strconv.FormatFloat(s, 'g', 5, 64), 64) // its own output parses
	return s
}

func dot(a, b []float32) (sum float64) {
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
}

func norm(a []float32) float64 { return math.Sqrt(dot(a, a)) }
