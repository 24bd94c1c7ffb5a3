package peft

import (
	"math"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
)

// lowRank is a low-rank residual on the pooled feature, the feature-space analogue of LoRA (Hu et al., ICLR 2022):
//
//	x' = x + γ B A x,  ẑ = x'/‖x'‖,  ℓ = s T ẑ,  γ = α/r
//
// Shapes: x (B,D)  A (r,D)  B (D,r)  T (C,D). B starts at zero, so training starts from the zero-shot classifier
// exactly, and the gradient of A is zero on the first step. Outputs do not depend on the scale of x.
type lowRank struct {
	head    Head
	gamma   float32
	a, b    Tensor
	tensors Layout
}

func newLowRank(h Head, o Options) lowRank {
	d := h.Text.Cols
	l := layout(Tensor{Name: "A", Rows: o.Rank, Cols: d}, Tensor{Name: "B", Rows: d, Cols: o.Rank})
	return lowRank{h, float32(o.Alpha / float64(o.Rank)), l[0], l[1], l}
}

// lowRankCache names what Forward computed.
type lowRankCache struct {
	x, ax, unit f32.Matrix
	length      []float64
}

func (m lowRank) Layout() Layout { return m.tensors }

// Init draws A from U(−1/√D, 1/√D) and sets B to zero.
func (m lowRank) Init(p []float32, rng *rand.Rand) {
	uniform(m.a.Slice(p), 1/math.Sqrt(float64(m.a.Cols)), rng)
	clear(m.b.Slice(p))
}

func (m lowRank) Forward(p []float32, x f32.Matrix) (f32.Matrix, Cache) {
	ax := f32.New(x.Rows, m.a.Rows)
	f32.MulT(ax, x, m.a.Of(p))
	shifted := f32.New(x.Rows, x.Cols)
	f32.MulT(shifted, ax, m.b.Of(p))
	for i, v := range shifted.Data {
		shifted.Data[i] = x.Data[i] + m.gamma*v
	}
	unit, length := normalise(shifted)
	return m.head.logits(unit), &lowRankCache{x, ax, unit, length}
}

func (m lowRank) Backward(grad, p []float32, cache Cache, dlogits f32.Matrix) {
	c := cache.(*lowRankCache)

	// r = γ (q − ẑ⟨ẑ,q⟩)/‖x'‖ with q = s δ T; zero where x' is
	r := m.head.pull(dlogits)
	for i := range r.Rows {
		q, z := r.Row(i), c.unit.Row(i)
		along, scale := float32(f32.Dot(z, q)), float32(0)
		if c.length[i] > 0 {
			scale = float32(float64(m.gamma) / c.length[i])
		}
		for j := range q {
			q[j] = (q[j] - z[j]*along) * scale
		}
	}

	// ∂B = rᵀ (A x)
	f32.AddTMul(m.b.Of(grad), r, c.ax)

	// ∂A = (r B)ᵀ x
	rb := f32.New(r.Rows, m.a.Rows)
	f32.Mul(rb, r, m.b.Of(p))
	f32.AddTMul(m.a.Of(grad), rb, c.x)
}
