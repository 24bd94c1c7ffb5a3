package peft

import (
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
)

// linear is a linear classifier on the unit feature, started from the class embeddings:
//
//	ℓ = s W x̂ + b,  x̂ = x/‖x‖
//
// Shapes: x (B,D)  W (C,D)  b (C). The rows of W are free; at W = T, b = 0 it is the zero-shot classifier.
type linear struct {
	head    Head
	w, b    Tensor
	tensors Layout
}

func newLinear(h Head) linear {
	l := layout(Tensor{Name: "W", Rows: h.Text.Rows, Cols: h.Text.Cols}, Tensor{Name: "b", Rows: 1, Cols: h.Text.Rows})
	return linear{h, l[0], l[1], l}
}

func (m linear) Layout() Layout { return m.tensors }

// Init sets W = T and b = 0.
func (m linear) Init(p []float32, _ *rand.Rand) { m.Anchor(p) }

func (m linear) Anchor(p []float32) {
	copy(m.w.Slice(p), m.head.Text.Data)
	clear(m.b.Slice(p))
}

func (m linear) Forward(p []float32, x f32.Matrix) (f32.Matrix, Cache) {
	unit, _ := normalise(x)
	logits := f32.New(x.Rows, m.w.Rows)
	f32.MulT(logits, unit, m.w.Of(p))
	f32.Scale(m.head.Scale, logits.Data)
	f32.AddRow(logits, m.b.Slice(p))
	return logits, unit
}

func (m linear) Backward(grad, _ []float32, cache Cache, dlogits f32.Matrix) {
	// ∂W = s δᵀ x̂, ∂b = Σ δ
	scaled := dlogits.Clone()
	f32.Scale(m.head.Scale, scaled.Data)
	f32.AddTMul(m.w.Of(grad), scaled, cache.(f32.Matrix))
	f32.AddRowSums(m.b.Slice(grad), dlogits)
}
