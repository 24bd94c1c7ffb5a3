package peft

import (
	"math"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
)

// gate is FedCLIP's adapter (Lu et al., IEEE Data Eng. Bull. 2023): an attention over the feature's coordinates,
//
//	h = tanh(W1 x + b1),  u = W2 h + b2,  v = softmax(u) ⊙ x,  ẑ = v/‖v‖,  ℓ = s T ẑ
//
// Shapes: x (B,D)  W1,W2 (D,D)  b1,b2 (D)  T (C,D). ẑ does not see the normaliser of the softmax, so the gate is a
// positive re-weighting of the coordinates: it cannot flip a sign.
type gate struct {
	head           Head
	w1, b1, w2, b2 Tensor
	tensors        Layout
}

func newGate(h Head) gate {
	d := h.Text.Cols
	l := layout(Tensor{Name: "W1", Rows: d, Cols: d}, Tensor{Name: "b1", Rows: 1, Cols: d}, Tensor{Name: "W2", Rows: d, Cols: d}, Tensor{Name: "b2", Rows: 1, Cols: d})
	return gate{h, l[0], l[1], l[2], l[3], l}
}

// gateCache names what Forward computed.
type gateCache struct{ x, h, unit f32.Matrix }

func (g gate) Layout() Layout { return g.tensors }

// Init draws all tensors from U(−1/√D, 1/√D), as a PyTorch Linear layer starts.
func (g gate) Init(p []float32, rng *rand.Rand) { uniform(p, 1/math.Sqrt(float64(g.b1.Cols)), rng) }

// Anchor sets W2 and b2 to zero: the gate is uniform then, and ẑ = x/‖x‖.
func (g gate) Anchor(p []float32) {
	clear(g.w2.Slice(p))
	clear(g.b2.Slice(p))
}

func (g gate) Forward(p []float32, x f32.Matrix) (f32.Matrix, Cache) {
	h := f32.New(x.Rows, x.Cols)
	f32.MulT(h, x, g.w1.Of(p))
	f32.AddRow(h, g.b1.Slice(p))
	for i, v := range h.Data {
		h.Data[i] = float32(math.Tanh(float64(v)))
	}
	u := f32.New(x.Rows, x.Cols)
	f32.MulT(u, h, g.w2.Of(p))
	f32.AddRow(u, g.b2.Slice(p))
	for i := range u.Rows { // u becomes v
		f32.Softmax(u.Row(i), u.Row(i))
		for j, w := range x.Row(i) {
			u.Row(i)[j] *= w
		}
	}
	unit, _ := normalise(u)
	return g.head.logits(unit), &gateCache{x, h, unit}
}

func (g gate) Backward(grad, p []float32, cache Cache, dlogits f32.Matrix) {
	c := cache.(*gateCache)

	// ∂L/∂u = ẑ ⊙ (q − ẑ⟨ẑ,q⟩) with q = s δ T; the softmax's own Jacobian adds nothing, since ⟨v, ∂L/∂v⟩ = 0.
	du := g.head.pull(dlogits)
	for i := range du.Rows {
		q, z := du.Row(i), c.unit.Row(i)
		along := float32(f32.Dot(z, q))
		for j := range q {
			q[j] = z[j] * (q[j] - z[j]*along)
		}
	}

	// ∂W2 = ∂uᵀ h, ∂b2 = Σ ∂u
	f32.AddTMul(g.w2.Of(grad), du, c.h)
	f32.AddRowSums(g.b2.Slice(grad), du)

	// ∂a = (∂u W2) ⊙ (1 − h²), the gradient before tanh
	da := f32.New(du.Rows, du.Cols)
	f32.Mul(da, du, g.w2.Of(p))
	for i, h := range c.h.Data {
		da.Data[i] *= 1 - h*h
	}

	// ∂W1 = ∂aᵀ x, ∂b1 = Σ ∂a
	f32.AddTMul(g.w1.Of(grad), da, c.x)
	f32.AddRowSums(g.b1.Slice(grad), da)
}
