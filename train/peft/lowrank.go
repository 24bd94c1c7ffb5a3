package peft

import (
	"math"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// LowRank are the options of a low-rank update of features.
type LowRank struct {
	Rank       int     `json:"rank" usage:"rank r of the low-rank update"`
	Alpha      float64 `json:"alpha" usage:"scale α of the low-rank update, which multiplies by γ = α/r"`
	RankStable bool    `json:"rank_stable" usage:"γ = α/√r instead (rsLoRA)"`
	Dropout    float64 `json:"dropout" usage:"dropout on the input of the low-rank update while training, in [0,1)"`
}

// Validate reports the first option out of range.
func (o LowRank) Validate() error {
	if err := o.update().Validate(); err != nil {
		return err
	}
	if !(o.Dropout >= 0 && o.Dropout < 1) {
		return fault.Usagef("peft: dropout %v must lie in [0,1)", o.Dropout)
	}
	return nil
}

// update is what a low-rank update of texts reads too.
func (o LowRank) update() TextLowRank { return TextLowRank{o.Rank, o.Alpha, o.RankStable} }

// lowRank is a low-rank residual on the pooled feature, the feature-space analogue of LoRA (Hu et al., ICLR 2022):
//
//	x' = x + γ B A (m ⊙ x),  ẑ = x'/‖x'‖
//
// with γ = α/r, or α/√r if rank-stable, and m = 1, or a dropout mask while training. Before an encoder's visual
// projection P it is exactly LoRA of that one layer: x' = P x + γ B A (m ⊙ x).
//
// Shapes: x (B,E)  A (r,E)  B (D,r)  P (D,E); without P, E = D. B starts at zero, so training starts from the zero-shot
// classifier exactly, and the gradient of A is zero on the first step. Outputs do not depend on the scale of x.
type lowRank struct {
	dropout
	head    Head // for P alone
	gamma   float32
	a, b    Tensor
	tensors Layout
}

func newLowRank(h Head, o LowRank) *lowRank {
	width := h.Text.Cols
	if h.Projection.Rows > 0 {
		width = h.Projection.Cols
	}
	l := layout(Tensor{Name: "A", Rows: o.Rank, Cols: width}, Tensor{Name: "B", Rows: h.Text.Cols, Cols: o.Rank})
	return &lowRank{dropout{o.Dropout, width}, h, o.update().gamma(), l[0], l[1], l}
}

func (l *lowRank) Layout() Layout { return l.tensors }

// Init draws A from U(−1/√E, 1/√E) and sets B to zero.
func (l *lowRank) Init(p []float32, rng *rand.Rand) {
	uniform(l.a.Slice(p), 1/math.Sqrt(float64(l.a.Cols)), rng)
	clear(l.b.Slice(p))
}

// Anchor sets B to zero.
func (l *lowRank) Anchor(p []float32) { clear(l.b.Slice(p)) }

func (l *lowRank) adapt(m *f32.Arena, p []float32, x f32.Matrix, drop *Drop) adapted {
	base := x
	if l.head.Projection.Rows > 0 {
		base = l.head.project(m, x)
	}
	return l.onto(m, p, base, l.apply(m, x, drop))
}

// onto adds the update of a masked input to what the frozen map makes of it.
func (l *lowRank) onto(m *f32.Arena, p []float32, base, masked f32.Matrix) *shift {
	ax := m.Matrix(masked.Rows, l.a.Rows)
	f32.MulT(ax, masked, l.a.Of(p))
	shifted := m.Matrix(masked.Rows, l.b.Rows)
	f32.MulT(shifted, ax, l.b.Of(p))
	f32.Scale(l.gamma, shifted.Data)
	f32.Axpy(1, base.Data, shifted.Data)
	unit, length := normalise(m, shifted)
	return &shift{l, p, masked, ax, unit, length}
}

// shift keeps m ⊙ x, A (m ⊙ x), ẑ and ‖x'‖.
type shift struct {
	*lowRank
	p           []float32
	x, ax, unit f32.Matrix
	length      []float64
}

func (l *shift) Feature() f32.Matrix { return l.unit }

func (l *shift) factors(f []Factor, m *f32.Arena, q f32.Matrix) []Factor {
	// r = γ ∂L/∂x'
	r := q
	pullBack(r, l.unit, l.length, l.gamma)

	// ∂A = (r B)ᵀ x, ∂B = rᵀ (A x)
	rb := m.Matrix(r.Rows, l.a.Rows)
	f32.Mul(rb, r, l.b.Of(l.p))
	return append(f, Factor{Tensor: l.a, D: rb, H: l.x}, Factor{Tensor: l.b, D: r, H: l.ax})
}
