package peft

import (
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
)

// dense is a low-rank residual with a dense residue R (D,E) beside it, that a server can move what does not fit into
// the factors to:
//
//	x' = x + R x + γ B A (m ⊙ x),  ẑ = x'/‖x'‖
//
// with P x for x before a projection. Dropout spares R, as it spares the frozen map.
type dense struct {
	*lowRank
	r       Tensor
	tensors Layout
}

func newDense(l *lowRank) *dense {
	tensors := withResidue(l.tensors, l.b.Rows, l.a.Cols)
	return &dense{l, tensors[2], tensors}
}

// withResidue has R after A and B.
func withResidue(l Layout, rows, cols int) Layout {
	return layout(append(append(Layout{}, l...), Tensor{Name: "R", Rows: rows, Cols: cols})...)
}

func (d *dense) Layout() Layout { return d.tensors }

// Init sets R to zero.
func (d *dense) Init(p []float32, rng *rand.Rand) {
	d.lowRank.Init(p, rng)
	clear(d.r.Slice(p))
}

// Anchor sets B and R to zero.
func (d *dense) Anchor(p []float32) {
	d.lowRank.Anchor(p)
	clear(d.r.Slice(p))
}

func (d *dense) adapt(m *f32.Arena, p []float32, x f32.Matrix, drop *Drop) adapted {
	base := m.Matrix(x.Rows, d.r.Rows)
	f32.MulT(base, x, d.r.Of(p))
	if d.head.Projection.Rows > 0 {
		f32.Axpy(1, d.head.project(m, x).Data, base.Data)
	} else {
		f32.Axpy(1, x.Data, base.Data)
	}
	return &denseShift{d.onto(m, p, base, d.apply(m, x, drop)), d.r, x}
}

// denseShift keeps x, too.
type denseShift struct {
	*shift
	r   Tensor
	raw f32.Matrix
}

// factors of A and B, and of ∂R = ∂L/∂x'ᵀ x.
func (d *denseShift) factors(f []Factor, m *f32.Arena, q f32.Matrix) []Factor {
	f = d.shift.factors(f, m, q)
	dx := m.Clone(q) // γ ∂L/∂x'
	f32.Scale(1/d.gamma, dx.Data)
	return append(f, Factor{Tensor: d.r, D: dx, H: d.raw})
}

// textDense is a low-rank map of the class embeddings with a dense residue R (D,D): e_c = R t_c + γ B A t_c.
type textDense struct {
	*textLowRank
	r       Tensor
	tensors Layout
}

func newTextDense(t *textLowRank) *textDense {
	tensors := withResidue(t.tensors, t.b.Rows, t.a.Cols)
	return &textDense{t, tensors[2], tensors}
}

func (t *textDense) Layout() Layout { return t.tensors }

// Init sets R to zero.
func (t *textDense) Init(p []float32, rng *rand.Rand) {
	t.textLowRank.Init(p, rng)
	clear(t.r.Slice(p))
}

// Anchor sets B and R to zero.
func (t *textDense) Anchor(p []float32) {
	t.textLowRank.Anchor(p)
	clear(t.r.Slice(p))
}

func (t *textDense) move(m *f32.Arena, p []float32) (moved, at f32.Matrix) {
	moved, at = t.textLowRank.move(m, p)
	rt := m.Matrix(t.text.Rows, t.text.Cols)
	f32.MulT(rt, t.text, t.r.Of(p))
	f32.Axpy(1, rt.Data, moved.Data)
	return moved, at
}

// factors of A and B, and of ∂R = Σ_c ∂e_c t_cᵀ.
func (t *textDense) factors(f []Factor, m *f32.Arena, p []float32, at, de f32.Matrix) []Factor {
	own := Factor{Tensor: t.r, D: m.Clone(de), H: t.text, Dense: true}
	return append(t.textLowRank.factors(f, m, p, at, de), own)
}
