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

func (r residual) Layout() Layout { return r.tensors }

// Init draws both matrices as PyTorch Linear layers start, U(±1/√fan_in).
func (r residual) Init(p []float32, rng *rand.Rand) {
	for _, t := range r.tensors {
		uniform(t.Slice(p), 1/math.Sqrt(float64(t.Cols)), rng)
	}
}

// Anchor sets W_up to zero.
func (r residual) Anchor(p []float32) { clear(r.up.Slice(p)) }

// Forward keeps x, h, ẑ and ‖x'‖.
func (r residual) Forward(m *f32.Arena, p []float32, x f32.Matrix) (f32.Matrix, Cache) {
	h := m.Matrix(x.Rows, r.down.Rows)
	f32.MulT(h, x, r.down.Of(p))
	for i, v := range h.Data {
		h.Data[i] = max(v, 0)
	}
	mixed := m.Matrix(x.Rows, x.Cols)
	f32.MulT(mixed, h, r.up.Of(p))
	f32.Scale(r.rho, mixed.Data)
	f32.Axpy(1-r.rho, x.Data, mixed.Data)
	unit, length := normalise(m, mixed)
	return r.head.logits(m, unit), Cache{X: x, Hidden: h, Unit: unit, Length: length}
}

func (r residual) Backward(m *f32.Arena, grad, p []float32, cache Cache, dlogits f32.Matrix) {
	multiplyOut(r, m, grad, p, cache, dlogits)
}

func (r residual) Factors(f []Factor, m *f32.Arena, p []float32, c Cache, dlogits f32.Matrix) []Factor {
	// dx = ρ ∂L/∂x'
	dx := r.head.pull(m, dlogits)
	pullBack(dx, c.Unit, c.Length, r.rho)

	// ∂W_down = ((dx W_up) ⊙ [h > 0])ᵀ x, ∂W_up = dxᵀ h
	dh := m.Matrix(dx.Rows, r.down.Rows)
	f32.Mul(dh, dx, r.up.Of(p))
	for i, v := range c.Hidden.Data {
		if v == 0 {
			dh.Data[i] = 0
		}
	}
	return append(f, Factor{dh, c.X}, Factor{dx, c.Hidden})
}
