package encoder

import (
	"math"

	"github.com/fedpurel/fedpurel/train/f32"
)

// Map is a linear map x ↦ W x + b as checkpoints have it: W (out,in), b (out) or nil.
type Map struct {
	W f32.Matrix
	B []float32
}

// Norm is a layer normalisation x ↦ γ ∘ (x − μ)/√(σ² + ε) + β.
type Norm struct {
	Gain, Shift []float32 // γ, β
	Eps         float64
}

// Weights are those of one block, of width D:
//
//	h = x + W_o attention(LN₁ x) + b_o,   x' = h + W₂ act(W₁ LN₂ h + b₁) + b₂
type Weights struct {
	Norm1             Norm
	Query, Key, Value Map // (D,D)
	Out               Map
	Norm2             Norm
	Up, Down          Map // W₁ (M,D), W₂ (D,M)
}

// Activation is that of a block's MLP.
type Activation int

const (
	QuickGelu Activation = iota // x σ(1.702 x), OpenAI's
	Gelu                        // x Φ(x)
)

// apply performs u ← act(u), slope ← act'(u).
func (a Activation) apply(u, slope []float32) {
	if a == QuickGelu {
		f32.QuickGelu(u, slope)
	} else {
		f32.Gelu(u, slope)
	}
}

// after is the map that does to (x − μ)/√(σ² + ε) what m does to the norm's output: W diag γ, b + W β.
func (m Map) after(n Norm) Map {
	out := Map{m.W.Clone(), make([]float32, m.W.Rows)}
	copy(out.B, m.B)
	for i := range out.W.Rows {
		row := out.W.Row(i)
		out.B[i] += float32(f32.Dot(row, n.Shift))
		f32.Times(n.Gain, row)
	}
	return out
}

// times is the map multiplied by c.
func (m Map) times(c float32) Map {
	out := Map{m.W.Clone(), append([]float32(nil), m.B...)}
	f32.Scale(c, out.W.Data)
	f32.Scale(c, out.B)
	return out
}

// rootOf is 1/√d, by which queries of heads of width d are multiplied.
func rootOf(d int) float32 { return float32(1 / math.Sqrt(float64(d))) }
