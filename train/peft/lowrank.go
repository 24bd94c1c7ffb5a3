package peft

import (
	"math"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
)

// lowRank is a low-rank residual on the pooled feature, the feature-space analogue of LoRA (Hu et al., ICLR 2022):
//
//	x' = x + γ B A (m ⊙ x),  ẑ = x'/‖x'‖,  ℓ = s T ẑ
//
// with γ = α/r, or α/√r if rank-stable, and m = 1, or a dropout mask while training. Before an encoder's visual projection P it is
// exactly LoRA of that one layer: x' = P x + γ B A (m ⊙ x).
//
// Shapes: x (B,E)  A (r,E)  B (D,r)  P (D,E)  T (C,D); without P, E = D. B starts at zero, so training starts from the
// zero-shot classifier exactly, and the gradient of A is zero on the first step. Outputs do not depend on the scale of x.
type lowRank struct {
	head    Head
	gamma   float32
	dropout float64
	a, b    Tensor
	tensors Layout
}

func newLowRank(h Head, o Options) lowRank { return lowRankOf(h, o, h.Text.Cols) }

func newProjection(h Head, o Options) lowRank { return lowRankOf(h, o, h.Projection.Cols) }

func lowRankOf(h Head, o Options, width int) lowRank {
	l := layout(Tensor{Name: "A", Rows: o.Rank, Cols: width}, Tensor{Name: "B", Rows: h.Text.Cols, Cols: o.Rank})
	return lowRank{h, o.gamma(), o.Dropout, l[0], l[1], l}
}

// lowRankCache names what Forward computed. x is masked.
type lowRankCache struct {
	x, ax, unit f32.Matrix
	length      []float64
}

func (m lowRank) Layout() Layout { return m.tensors }

// Init draws A from U(−1/√E, 1/√E) and sets B to zero.
func (m lowRank) Init(p []float32, rng *rand.Rand) {
	uniform(m.a.Slice(p), 1/math.Sqrt(float64(m.a.Cols)), rng)
	clear(m.b.Slice(p))
}

// Anchor sets B to zero.
func (m lowRank) Anchor(p []float32) { clear(m.b.Slice(p)) }

func (m lowRank) Drops() bool { return m.dropout > 0 }

func (m lowRank) Forward(p []float32, x f32.Matrix) (f32.Matrix, Cache) { return m.forward(p, x, x) }

func (m lowRank) ForwardDropout(p []float32, x f32.Matrix, rng *rand.Rand, mask func(f32.Matrix)) (f32.Matrix, Cache) {
	keep, factors := float32(1/(1-m.dropout)), f32.New(x.Rows, x.Cols)
	for i := range factors.Data {
		if rng.Float64() >= m.dropout {
			factors.Data[i] = keep
		}
	}
	if mask != nil {
		mask(factors)
	}
	masked := x.Clone()
	for i, k := range factors.Data {
		masked.Data[i] *= k
	}
	return m.forward(p, x, masked)
}

// forward computes the logits for features x and the input of A, which may be masked.
func (m lowRank) forward(p []float32, x, masked f32.Matrix) (f32.Matrix, Cache) {
	ax := f32.New(x.Rows, m.a.Rows)
	f32.MulT(ax, masked, m.a.Of(p))
	shifted := f32.New(x.Rows, m.b.Rows)
	f32.MulT(shifted, ax, m.b.Of(p))
	if m.head.Projection.Rows > 0 {
		x = m.head.project(x)
	}
	for i, v := range shifted.Data {
		shifted.Data[i] = x.Data[i] + m.gamma*v
	}
	unit, length := normalise(shifted)
	return m.head.logits(unit), &lowRankCache{masked, ax, unit, length}
}

func (m lowRank) Backward(grad, p []float32, cache Cache, dlogits f32.Matrix) {
	c := cache.(*lowRankCache)

	// r = γ ∂L/∂x'
	r := m.head.pull(dlogits)
	pullBack(r, c.unit, c.length, m.gamma)

	// ∂B = rᵀ (A x)
	f32.AddTMul(m.b.Of(grad), r, c.ax)

	// ∂A = (r B)ᵀ x
	rb := f32.New(r.Rows, m.a.Rows)
	f32.Mul(rb, r, m.b.Of(p))
	f32.AddTMul(m.a.Of(grad), rb, c.x)
}
