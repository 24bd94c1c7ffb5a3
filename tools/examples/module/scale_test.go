package main

import (
	"math"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// fill sets numbers of both signs.
func fill(m f32.Matrix, from float64) f32.Matrix {
	for i := range m.Data {
		m.Data[i] = float32(math.Sin(from + 1.7*float64(i)))
	}
	return m
}

// The gradient is that of finite differences: the first test that a module of one's own needs.
func TestGradient(t *testing.T) {
	const samples, classes, dim, step = 3, 4, 5, 1e-2
	s := scale{peft.Head{Text: fill(f32.New(classes, dim), 1), Scale: 2}}
	x, d := fill(f32.New(samples, dim), 2), fill(f32.New(samples, classes), 3)
	w := fill(f32.New(1, dim), 4).Data
	f32.Scale(0.3, w)
	loss := func() float64 { return f32.Dot(s.At(nil, w).Forward(nil, x, nil).Logits().Data, d.Data) }
	grad := make([]float32, dim)
	s.At(nil, w).Forward(nil, x, nil).Backward(nil, grad, d)
	for j := range w {
		was := w[j]
		w[j] = was + step
		above := loss()
		w[j] = was - step
		below := loss()
		w[j] = was
		if want := (above - below) / (2 * step); math.Abs(want-float64(grad[j])) > 2e-3 {
			t.Errorf("∂L/∂w_%d is %v, want %v", j, grad[j], want)
		}
	}
}
