package peft

import (
	"math"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
)

// The text-side modules move the class embeddings instead of the feature, the feature-space analogues of prompt tuning
// and of LoRA in the text tower:
//
//	t'_c = (t_c + e_c)/‖t_c + e_c‖,  ℓ = s T' x̂
//
//	text-shift   e_c = e         one vector for all classes, as a shared context moves all prompts
//	text-class   e_c             one vector a class, as class-specific contexts do
//	text-lora    e_c = γ B A t_c a low-rank map
//
// Shapes: x (B,D)  T,T' (C,D)  e (D), or (C,D)  A (r,D)  B (D,r). All start at zero-shot.

// predict performs ℓ = s T' x̂ for class embeddings that are not yet normalised. It keeps x̂, T' and the lengths of the moved
// embeddings.
func (h Head) predict(m *f32.Arena, moved, x f32.Matrix) (f32.Matrix, Cache) {
	unit, _ := normalise(m, x)
	text, length := normalise(m, moved)
	return Head{Text: text, Scale: h.Scale}.logits(m, unit), Cache{X: unit, Unit: text, Length: length}
}

// pullText returns ∂L/∂e_c = (q_c − t'_c⟨t'_c,q_c⟩)/‖t_c + e_c‖ with q_c = s Σ_i δ_ic x̂_i, as (C,D).
func (h Head) pullText(m *f32.Arena, c Cache, dlogits f32.Matrix) f32.Matrix {
	q := m.Matrix(c.Unit.Rows, c.Unit.Cols)
	clear(q.Data)
	f32.AddTMul(q, dlogits, c.X)
	pullBack(q, c.Unit, c.Length, h.Scale)
	return q
}

// textShift adds one vector to all class embeddings.
type textShift struct {
	head    Head
	e       Tensor
	tensors Layout
}

func newTextShift(h Head) textShift {
	l := layout(Tensor{Name: "e", Rows: 1, Cols: h.Text.Cols})
	return textShift{h, l[0], l}
}

func (t textShift) Layout() Layout                 { return t.tensors }
func (t textShift) Init(p []float32, _ *rand.Rand) { clear(p) }
func (t textShift) Anchor(p []float32)             { clear(p) }
func (t textShift) Forward(m *f32.Arena, p []float32, x f32.Matrix) (f32.Matrix, Cache) {
	moved := m.Clone(t.head.Text)
	f32.AddRow(moved, p)
	return t.head.predict(m, moved, x)
}

func (t textShift) Backward(m *f32.Arena, grad, _ []float32, cache Cache, dlogits f32.Matrix) {
	f32.AddRowSums(grad, t.head.pullText(m, cache, dlogits)) // ∂e = Σ_c ∂e_c
}

// textClass adds a vector of its own to every class embedding.
type textClass struct {
	head    Head
	tensors Layout
}

func newTextClass(h Head) textClass {
	return textClass{h, layout(Tensor{Name: "e", Rows: h.Text.Rows, Cols: h.Text.Cols})}
}

func (t textClass) Layout() Layout                 { return t.tensors }
func (t textClass) Init(p []float32, _ *rand.Rand) { clear(p) }
func (t textClass) Anchor(p []float32)             { clear(p) }
func (t textClass) Forward(m *f32.Arena, p []float32, x f32.Matrix) (f32.Matrix, Cache) {
	moved := m.Clone(t.head.Text)
	f32.Axpy(1, p, moved.Data)
	return t.head.predict(m, moved, x)
}

func (t textClass) Backward(m *f32.Arena, grad, _ []float32, cache Cache, dlogits f32.Matrix) {
	f32.Axpy(1, t.head.pullText(m, cache, dlogits).Data, grad)
}

// textLowRank moves the class embeddings by a low-rank map.
type textLowRank struct {
	head    Head
	gamma   float32
	a, b    Tensor
	tensors Layout
}

func newTextLowRank(h Head, o Options) textLowRank {
	d := h.Text.Cols
	l := layout(Tensor{Name: "A", Rows: o.Rank, Cols: d}, Tensor{Name: "B", Rows: d, Cols: o.Rank})
	return textLowRank{h, o.gamma(), l[0], l[1], l}
}

func (t textLowRank) Layout() Layout { return t.tensors }

// Init draws A from U(−1/√D, 1/√D) and sets B to zero.
func (t textLowRank) Init(p []float32, rng *rand.Rand) {
	uniform(t.a.Slice(p), 1/math.Sqrt(float64(t.a.Cols)), rng)
	clear(t.b.Slice(p))
}

func (t textLowRank) Anchor(p []float32) { clear(t.b.Slice(p)) }

// mapped returns A t_c, as (C,r).
func (t textLowRank) mapped(m *f32.Arena, p []float32) f32.Matrix {
	at := m.Matrix(t.head.Text.Rows, t.a.Rows)
	f32.MulT(at, t.head.Text, t.a.Of(p))
	return at
}

func (t textLowRank) Forward(m *f32.Arena, p []float32, x f32.Matrix) (f32.Matrix, Cache) {
	moved := m.Matrix(t.head.Text.Rows, t.head.Text.Cols)
	f32.MulT(moved, t.mapped(m, p), t.b.Of(p))
	f32.Scale(t.gamma, moved.Data)
	f32.Axpy(1, t.head.Text.Data, moved.Data)
	return t.head.predict(m, moved, x)
}

func (t textLowRank) Backward(m *f32.Arena, grad, p []float32, cache Cache, dlogits f32.Matrix) {
	r := t.head.pullText(m, cache, dlogits) // r_c = γ ∂e_c
	f32.Scale(t.gamma, r.Data)

	// ∂B = Σ_c r_c (A t_c)ᵀ
	f32.AddTMul(t.b.Of(grad), r, t.mapped(m, p))

	// ∂A = Σ_c (Bᵀ r_c) t_cᵀ
	rb := m.Matrix(r.Rows, t.a.Rows)
	f32.Mul(rb, r, t.b.Of(p))
	f32.AddTMul(t.a.Of(grad), rb, t.head.Text)
}
