package peft

import (
	"math"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
)

// residual is CLIP-Adapter's visual adapter (Gao et al., IJCV 2024), without biases:
//
//	h = ReLU(W_down x),  x' = (1−ρ) x + ρ W_up h,  ẑ = x'/‖x'‖,  ℓ = s T ẑ
//
// Shapes: x (B,D)  W_down (H,D)  W_up (D,H)  T (C,D). Outputs do not depend on the scale of x. This is the paper's
// formula; its code adds a ReLU after W_up, which is left out here (from memory).
type residual struct {
	head     Head
	rho      float32
	down, up Tensor
	tensors  Layout
}

func newResidual(h Head, o Options) residual {
	d := h.Text.Cols
	l := layout(Tensor{Name: "W_down", Rows: o.Hidden, Cols: d}, Tensor{Name: "W_up", Rows: d, Cols: o.Hidden})
	return residual{h, float32(o.Rho), l[0], l[1], l}
}

// residualCache names what Forward computed.
type residualCache struct {
	x, h, unit f32.Matrix
	length     []float64
}

func (m residual) Layout() Layout { return m.tensors }

// Init draws both matrices as PyTorch Linear layers start, U(±1/√fan_in).
func (m residual) Init(p []float32, rng *rand.Rand) {
	for _, t := range m.tensors {
		uniform(t.Slice(p), 1/math.Sqrt(float64(t.Cols)), rng)
	}
}

// Anchor sets W_up to zero.
func (m residual) Anchor(p []float32) { clear(m.up.Slice(p)) }

func (m residual) Forward(p []float32, x f32.Matrix) (f32.Matrix, Cache) {
	h := f32.New(x.Rows, m.down.Rows)
	f32.MulT(h, x, m.down.Of(p))
	for i, v := range h.Data {
		h.Data[i] = max(v, 0)
	}
	mixed := f32.New(x.Rows, x.Cols)
	f32.MulT(mixed, h, m.up.Of(p))
	for i, v := range mixed.Data {
		mixed.Data[i] = (1-m.rho)*x.Data[i] + m.rho*v
	}
	unit, length := normalise(mixed)
	return m.head.logits(unit), &residualCache{x, h, unit, length}
}

func (m residual) Backward(grad, p []float32, cache Cache, dlogits f32.Matrix) {
	c := cache.(*residualCache)

	// r = ρ ∂L/∂x'
	r := m.head.pull(dlogits)
	pullBack(r, c.unit, c.length, m.rho)

	// ∂W_up = rᵀ h
	f32.AddTMul(m.up.Of(grad), r, c.h)

	// ∂W_down = ((r W_up) ⊙ [h > 0])ᵀ x
	dh := f32.New(r.Rows, m.down.Rows)
	f32.Mul(dh, r, m.up.Of(p))
	for i, v := range c.h.Data {
		if v == 0 {
			dh.Data[i] = 0
		}
	}
	f32.AddTMul(m.down.Of(grad), dh, c.x)
}
