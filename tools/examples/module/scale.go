package main

import (
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// scale weighs the coordinates of a feature:  v = (1 + w) ⊙ x,  ẑ = v/‖v‖,  ℓ = s T ẑ.  w = 0 is zero-shot.
//
// Shapes: x (B,D)  T (C,D)  ℓ (B,C)  w (D).
type scale struct{ head peft.Head }

// Layout names the parameters.
func (s scale) Layout() peft.Layout { return peft.Layout{{Name: "w", Rows: 1, Cols: s.head.Text.Cols}} }

// Init starts at zero-shot.
func (s scale) Init(p []float32, _ *rand.Rand) { clear(p) }

// Anchor is zero-shot, too.
func (s scale) Anchor(p []float32) { clear(p) }

// At binds the parameters.
func (s scale) At(_ *f32.Arena, p []float32) peft.Bound { return at{s.head, p} }

// at is the module at parameters w.
type at struct {
	head peft.Head
	w    []float32
}

// Forward weighs the features, and keeps what Backward reads again.
func (a at) Forward(m *f32.Arena, x f32.Matrix, _ *peft.Drop) peft.Run {
	r := &run{at: a, x: x, unit: m.Matrix(x.Rows, x.Cols), length: m.Float64s(x.Rows),
		logits: m.Matrix(x.Rows, a.head.Text.Rows)}
	for i := range x.Rows {
		v := r.unit.Row(i)
		for j, xj := range x.Row(i) {
			v[j] = (1 + a.w[j]) * xj
		}
		r.length[i] = f32.Norm(v)
		f32.Scale(float32(1/r.length[i]), v)
	}
	f32.MulT(r.logits, r.unit, a.head.Text)
	f32.Scale(a.head.Scale, r.logits.Data)
	return r
}

// Describe writes the forward pass down, for fedpurel export.
func (a at) Describe(f *peft.Formula, x peft.Value) peft.Value {
	factors := make([]float32, len(a.w))
	for j, w := range a.w {
		factors[j] = 1 + w
	}
	return a.head.Describe(f, f.Weigh(x, "w", factors))
}

// run is one forward pass.
type run struct {
	at
	x, unit, logits f32.Matrix
	length          []float64
}

// Logits are those of every sample.
func (r *run) Logits() f32.Matrix { return r.logits }

// Backward adds ∂L/∂w = Σ x ⊙ (q − ẑ⟨ẑ,q⟩)/‖v‖ with q = s Tᵀ ∂L/∂ℓ.
func (r *run) Backward(m *f32.Arena, grad []float32, dlogits f32.Matrix) {
	q := m.Matrix(r.x.Rows, r.x.Cols)
	f32.Mul(q, dlogits, r.head.Text)
	for i := range r.x.Rows {
		q, z, x := q.Row(i), r.unit.Row(i), r.x.Row(i)
		f32.Axpy(-float32(f32.Dot(z, q)), z, q)
		k := float64(r.head.Scale) / r.length[i]
		for j := range grad {
			grad[j] += float32(k) * x[j] * q[j]
		}
	}
}
