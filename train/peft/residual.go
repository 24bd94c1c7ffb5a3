package peft

import (
	"math"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Adapter are the options of the residual bottleneck. CLIP-Adapter's are ρ = 0.2, and here a width of 128.
type Adapter struct {
	Hidden int     `json:"hidden" usage:"width of the adapter's bottleneck"`
	Rho    float64 `json:"rho" usage:"weight ρ of the adapter beside the feature, in [0,1]"`
}

// Validate reports the first option out of range.
func (o Adapter) Validate() error {
	switch {
	case o.Hidden < 1 || o.Hidden > maxWidth:
		return fault.Usagef("peft: hidden width %d must be from 1 to %d", o.Hidden, maxWidth)
	case !(o.Rho >= 0 && o.Rho <= 1):
		return fault.Usagef("peft: rho %v must lie in [0,1]", o.Rho)
	}
	return nil
}

// residual is CLIP-Adapter's visual adapter (Gao et al., IJCV 2024), without biases:
//
//	h = ReLU(W_down x),  x' = (1−ρ) x + ρ W_up h,  ẑ = x'/‖x'‖
//
// Shapes: x (B,D)  W_down (H,D)  W_up (D,H). Outputs do not depend on the scale of x. This is the paper's formula; its
// code adds a ReLU after W_up, which is left out here (from memory).
type residual struct {
	rho      float32
	down, up Tensor
	tensors  Layout
}

func newResidual(h Head, o Adapter) *residual {
	d := h.Text.Cols
	l := layout(Tensor{Name: "W_down", Rows: o.Hidden, Cols: d}, Tensor{Name: "W_up", Rows: d, Cols: o.Hidden})
	return &residual{float32(o.Rho), l[0], l[1], l}
}

func (r *residual) Layout() Layout { return r.tensors }

// Init draws both matrices as PyTorch Linear layers start, U(±1/√fan_in).
func (r *residual) Init(p []float32, rng *rand.Rand) {
	for _, t := range r.tensors {
		uniform(t.Slice(p), 1/math.Sqrt(float64(t.Cols)), rng)
	}
}

// Anchor sets W_up to zero.
func (r *residual) Anchor(p []float32) { clear(r.up.Slice(p)) }

func (r *residual) adapt(m *f32.Arena, p []float32, x f32.Matrix, _ *Drop) adapted {
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
	return &mixture{r, p, x, h, unit, length}
}

// mixture keeps x, h, ẑ and ‖x'‖.
type mixture struct {
	*residual
	p          []float32
	x, h, unit f32.Matrix
	length     []float64
}

func (r *mixture) Feature() f32.Matrix { return r.unit }

func (r *mixture) factors(f []Factor, m *f32.Arena, q f32.Matrix) []Factor {
	// dx = ρ ∂L/∂x'
	dx := q
	pullBack(dx, r.unit, r.length, r.rho)

	// ∂W_down = ((dx W_up) ⊙ [h > 0])ᵀ x, ∂W_up = dxᵀ h
	dh := m.Matrix(dx.Rows, r.down.Rows)
	f32.Mul(dh, dx, r.up.Of(r.p))
	for i, v := range r.h.Data {
		if v == 0 {
			dh.Data[i] = 0
		}
	}
	return append(f, Factor{Tensor: r.down, D: dh, H: r.x}, Factor{Tensor: r.up, D: dx, H: r.h})
}
