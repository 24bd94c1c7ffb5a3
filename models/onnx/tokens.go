//go:build cgo

package onnx

import (
	"fmt"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/fedpurel/fedpurel/train/fault"
)

// tokenEncoder is an encoder whose image tower is tapped.
type tokenEncoder struct {
	*encoder
	tokensFirst   bool
	length, width int
}

func (t *tokenEncoder) Tokens() (length, width int) { return t.length, t.width }

// probeTokens learns the shape of the tokens from one run.
func (t *tokenEncoder) probeTokens() error {
	s := t.model.Preprocess.Size
	return t.run(make([]float32, 3*s*s), 1, make([]float32, t.traits.Width), func(_, _, room int, v ort.Value) error {
		shape := v.GetShape()
		if len(shape) != 3 {
			return fault.Corruptf("onnx: the tokens of %s have shape %v, want three extents", t.model.Folder, shape)
		}
		images, length := shape[0], shape[1]
		if t.tokensFirst {
			images, length = length, images
		}
		if images != int64(room) || length < 2 || shape[2] < 1 {
			return fault.Corruptf("onnx: the tokens of %d images of %s have shape %v", room, t.model.Folder, shape)
		}
		t.length, t.width = int(length), int(shape[2])
		return nil
	})
}

func (t *tokenEncoder) EncodeTokens(pixels []float32, n int, out, tokens []float32) error {
	return t.run(pixels, n, out, func(first, n, room int, v ort.Value) error {
		data, ok := v.(*ort.Tensor[float32])
		if !ok || len(data.GetData()) != room*t.length*t.width {
			return fmt.Errorf("the tokens of %d images have shape %v", room, v.GetShape())
		}
		per := t.length * t.width
		to := tokens[first*per : (first+n)*per]
		if !t.tokensFirst {
			copy(to, data.GetData())
			return nil
		}
		for i := range n {
			for j := range t.length {
				copy(to[i*per+j*t.width:][:t.width], data.GetData()[(j*room+i)*t.width:])
			}
		}
		return nil
	})
}

// run is EncodeImages, and shows the tokens of every stretch of images.
func (t *tokenEncoder) run(
	pixels []float32, n int, out []float32, see func(first, n, room int, tokens ort.Value) error,
) error {
	s, w := t.model.Preprocess.Size, t.traits.Width
	per, edge := 3*s*s, int64(s)
	return chunks(n, t.limit(t.model.Vision), func(first, n, room int) error {
		v, err := floats(t.model.Vision.Input.Type, padded(pixels[first*per:(first+n)*per], room*per),
			int64(room), 3, edge, edge)
		if err != nil {
			return fmt.Errorf("onnx: encode images: %w", err)
		}
		defer destroy([]ort.Value{v})
		err = t.encode(t.vision, t.model.Vision, v, nil, room, out[first*w:], n, w, func(tokens ort.Value) error {
			return see(first, n, room, tokens)
		})
		if err != nil {
			return fmt.Errorf("onnx: encode images: %w", err)
		}
		return nil
	})
}
