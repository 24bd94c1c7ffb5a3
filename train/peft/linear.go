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

func (l linear) Layout() Layout { return l.tensors }

// Init sets W = T and b = 0.
func (l linear) Init(p []float32, _ *rand.Rand) { l.Anchor(p) }

func (l linear) Anchor(p []float32) {
	copy(l.w.Slice(p), l.head.Text.Data)
	clear(l.b.Slice(p))
}

// Forward keeps x̂.
func (l linear) Forward(m *f32.Arena, p []float32, x f32.Matrix) (f32.Matrix, Cache) {
	unit, _ := normalise(m, x)
	logits := m.Matrix(x.Rows, l.w.Rows)
	f32.MulT(logits, unit, l.w.Of(p))
	f32.Scale(l.head.Scale, logits.Data)
	f32.AddRow(logits, l.b.Slice(p))
	return logits, Cache{Unit: unit}
}

func (l linear) Backward(m *f32.Arena, grad, p []float32, cache Cache, dlogits f32.Matrix) {
	multiplyOut(l, m, grad, p, cache, dlogits)
}

func (l linear) Factors(f []Factor, m *f32.Arena, _ []float32, c Cache, dlogits f32.Matrix) []Factor {
	// ∂W = s δᵀ x̂, ∂b = Σ δ
	scaled := m.Clone(dlogits)
	f32.Scale(l.head.Scale, scaled.Data)
	return append(f, Factor{scaled, c.Unit}, Factor{D: m.Clone(dlogits)})
}
