package peft

import (
	"math"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
)

// gate is FedCLIP's adapter (Lu et al., IEEE Data Eng. Bull. 2023): an attention over the feature's coordinates,
//
//	h = tanh(W1 x + b1),  u = W2 h + b2,  v = softmax(u) ⊙ x,  ẑ = v/‖v‖
//
// Shapes: x (B,D)  W1,W2 (D,D)  b1,b2 (D). ẑ does not see the normaliser of the softmax, so the gate is a positive
// re-weighting of the coordinates: it cannot flip a sign.
type gate struct {
	w1, b1, w2, b2 Tensor
	tensors        Layout
}

func newGate(h Head) *gate {
	d := h.Text.Cols
	l := layout(
		Tensor{Name: "W1", Rows: d, Cols: d}, Tensor{Name: "b1", Rows: 1, Cols: d},
		Tensor{Name: "W2", Rows: d, Cols: d}, Tensor{Name: "b2", Rows: 1, Cols: d},
	)
	return &gate{l[0], l[1], l[2], l[3], l}
}

func (g *gate) Layout() Layout { return g.tensors }

// Init draws all tensors from U(−1/√D, 1/√D), as a PyTorch Linear layer starts.
func (g *gate) Init(p []float32, rng *rand.Rand) { uniform(p, 1/math.Sqrt(float64(g.b1.Cols)), rng) }

// Anchor sets W2 and b2 to zero: the gate is uniform then, and ẑ = x/‖x‖.
func (g *gate) Anchor(p []float32) {
	clear(g.w2.Slice(p))
	clear(g.b2.Slice(p))
}

func (g *gate) adapt(m *f32.Arena, p []float32, x f32.Matrix, _ *Drop) adapted {
	h := m.Matrix(x.Rows, x.Cols)
	f32.MulT(h, x, g.w1.Of(p))
	f32.AddRow(h, g.b1.Slice(p))
	f32.Tanh(h.Data)
	u := m.Matrix(x.Rows, x.Cols)
	f32.MulT(u, h, g.w2.Of(p))
	f32.AddRow(u, g.b2.Slice(p))
	for i := range u.Rows { // u becomes v
		f32.Softmax(u.Row(i), u.Row(i))
	}
	f32.Times(x.Data, u.Data)
	unit, _ := normalise(m, u)
	return &gated{g, p, x, h, unit}
}

// gated keeps x, h and ẑ.
type gated struct {
	*gate
	p          []float32
	x, h, unit f32.Matrix
}

func (g *gated) Feature() f32.Matrix { return g.unit }

func (g *gated) factors(f []Factor, m *f32.Arena, q f32.Matrix) []Factor {
	// ∂L/∂u = ẑ ⊙ (q − ẑ⟨ẑ,q⟩); the softmax's own Jacobian adds nothing, since ⟨v, ∂L/∂v⟩ = 0.
	du := q
	for i := range du.Rows {
		q, z := du.Row(i), g.unit.Row(i)
		f32.Axpy(-float32(f32.Dot(z, q)), z, q)
	}
	f32.Times(g.unit.Data, du.Data)

	// ∂a = (∂u W2) ⊙ (1 − h²), the gradient before tanh
	da := m.Matrix(du.Rows, du.Cols)
	f32.Mul(da, du, g.w2.Of(g.p))
	f32.TanhSlope(g.h.Data, da.Data)

	// ∂W1 = ∂aᵀ x, ∂b1 = Σ ∂a, ∂W2 = ∂uᵀ h, ∂b2 = Σ ∂u
	return append(f,
		Factor{Tensor: g.w1, D: da, H: g.x}, Factor{Tensor: g.b1, D: da},
		Factor{Tensor: g.w2, D: du, H: g.h}, Factor{Tensor: g.b2, D: du},
	)
}
