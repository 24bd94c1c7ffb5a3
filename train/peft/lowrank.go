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

func (l lowRank) Layout() Layout { return l.tensors }

// Init draws A from U(−1/√E, 1/√E) and sets B to zero.
func (l lowRank) Init(p []float32, rng *rand.Rand) {
	uniform(l.a.Slice(p), 1/math.Sqrt(float64(l.a.Cols)), rng)
	clear(l.b.Slice(p))
}

// Anchor sets B to zero.
func (l lowRank) Anchor(p []float32) { clear(l.b.Slice(p)) }

func (l lowRank) Drops() bool { return l.dropout > 0 }

func (l lowRank) Forward(m *f32.Arena, p []float32, x f32.Matrix) (f32.Matrix, Cache) {
	return l.forward(m, p, x, x)
}

func (l lowRank) ForwardDropout(m *f32.Arena, p []float32, x f32.Matrix, rng *rand.Rand, mask func(f32.Matrix)) (f32.Matrix, Cache) {
	keep, factors := float32(1/(1-l.dropout)), f32.New(x.Rows, x.Cols)
	for i := range factors.Data {
		if rng.Float64() >= l.dropout {
			factors.Data[i] = keep
		}
	}
	if mask != nil {
		mask(factors)
	}
	masked := m.Clone(x)
	f32.Times(factors.Data, masked.Data)
	return l.forward(m, p, x, masked)
}

// forward computes the logits for features x and the input of A, which may be masked. It keeps that input, A x, ẑ and ‖x'‖.
func (l lowRank) forward(m *f32.Arena, p []float32, x, masked f32.Matrix) (f32.Matrix, Cache) {
	ax := m.Matrix(x.Rows, l.a.Rows)
	f32.MulT(ax, masked, l.a.Of(p))
	shifted := m.Matrix(x.Rows, l.b.Rows)
	f32.MulT(shifted, ax, l.b.Of(p))
	if l.head.Projection.Rows > 0 {
		x = l.head.project(m, x)
	}
	f32.Scale(l.gamma, shifted.Data)
	f32.Axpy(1, x.Data, shifted.Data)
	unit, length := normalise(m, shifted)
	return l.head.logits(m, unit), Cache{X: masked, Hidden: ax, Unit: unit, Length: length}
}

func (l lowRank) Backward(m *f32.Arena, grad, p []float32, cache Cache, dlogits f32.Matrix) {
	multiplyOut(l, m, grad, p, cache, dlogits)
}

func (l lowRank) Factors(f []Factor, m *f32.Arena, p []float32, c Cache, dlogits f32.Matrix) []Factor {
	// r = γ ∂L/∂x'
	r := l.head.pull(m, dlogits)
	pullBack(r, c.Unit, c.Length, l.gamma)

	// ∂A = (r B)ᵀ x, ∂B = rᵀ (A x)
	rb := m.Matrix(r.Rows, l.a.Rows)
	f32.Mul(rb, r, l.b.Of(p))
	return append(f, Factor{rb, c.X}, Factor{r, c.Hidden})
}
