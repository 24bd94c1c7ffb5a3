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

// textCache names what Forward computed.
type textCache struct {
	x, text f32.Matrix // unit rows
	length  []float64
}

// predict performs ℓ = s T' x̂ for class embeddings that are not yet normalised.
func (h Head) predict(moved, x f32.Matrix) (f32.Matrix, Cache) {
	unit, _ := normalise(x)
	text, length := normalise(moved)
	return Head{Text: text, Scale: h.Scale}.logits(unit), &textCache{unit, text, length}
}

// pullText returns ∂L/∂e_c = (q_c − t'_c⟨t'_c,q_c⟩)/‖t_c + e_c‖ with q_c = s Σ_i δ_ic x̂_i, as (C,D).
func (h Head) pullText(cache Cache, dlogits f32.Matrix) f32.Matrix {
	c := cache.(*textCache)
	q := f32.New(c.text.Rows, c.text.Cols)
	f32.AddTMul(q, dlogits, c.x)
	pullBack(q, c.text, c.length, h.Scale)
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

func (m textShift) Layout() Layout                 { return m.tensors }
func (m textShift) Init(p []float32, _ *rand.Rand) { clear(p) }
func (m textShift) Anchor(p []float32)             { clear(p) }
func (m textShift) Forward(p []float32, x f32.Matrix) (f32.Matrix, Cache) {
	moved := m.head.Text.Clone()
	f32.AddRow(moved, p)
	return m.head.predict(moved, x)
}

func (m textShift) Backward(grad, _ []float32, cache Cache, dlogits f32.Matrix) {
	f32.AddRowSums(grad, m.head.pullText(cache, dlogits)) // ∂e = Σ_c ∂e_c
}

// textClass adds a vector of its own to every class embedding.
type textClass struct {
	head    Head
	tensors Layout
}

func newTextClass(h Head) textClass {
	return textClass{h, layout(Tensor{Name: "e", Rows: h.Text.Rows, Cols: h.Text.Cols})}
}

func (m textClass) Layout() Layout                 { return m.tensors }
func (m textClass) Init(p []float32, _ *rand.Rand) { clear(p) }
func (m textClass) Anchor(p []float32)             { clear(p) }
func (m textClass) Forward(p []float32, x f32.Matrix) (f32.Matrix, Cache) {
	moved := m.head.Text.Clone()
	f32.Axpy(1, p, moved.Data)
	return m.head.predict(moved, x)
}

func (m textClass) Backward(grad, _ []float32, cache Cache, dlogits f32.Matrix) {
	f32.Axpy(1, m.head.pullText(cache, dlogits).Data, grad)
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

func (m textLowRank) Layout() Layout { return m.tensors }

// Init draws A from U(−1/√D, 1/√D) and sets B to zero.
func (m textLowRank) Init(p []float32, rng *rand.Rand) {
	uniform(m.a.Slice(p), 1/math.Sqrt(float64(m.a.Cols)), rng)
	clear(m.b.Slice(p))
}

func (m textLowRank) Anchor(p []float32) { clear(m.b.Slice(p)) }

// mapped returns A t_c, as (C,r).
func (m textLowRank) mapped(p []float32) f32.Matrix {
	at := f32.New(m.head.Text.Rows, m.a.Rows)
	f32.MulT(at, m.head.Text, m.a.Of(p))
	return at
}

func (m textLowRank) Forward(p []float32, x f32.Matrix) (f32.Matrix, Cache) {
	moved := f32.New(m.head.Text.Rows, m.head.Text.Cols)
	f32.MulT(moved, m.mapped(p), m.b.Of(p))
	for i, t := range m.head.Text.Data {
		moved.Data[i] = t + m.gamma*moved.Data[i]
	}
	return m.head.predict(moved, x)
}

func (m textLowRank) Backward(grad, p []float32, cache Cache, dlogits f32.Matrix) {
	r := m.head.pullText(cache, dlogits) // r_c = γ ∂e_c
	f32.Scale(m.gamma, r.Data)

	// ∂B = Σ_c r_c (A t_c)ᵀ
	f32.AddTMul(m.b.Of(grad), r, m.mapped(p))

	// ∂A = Σ_c (Bᵀ r_c) t_cᵀ
	rb := f32.New(r.Rows, m.a.Rows)
	f32.Mul(rb, r, m.b.Of(p))
	f32.AddTMul(m.a.Of(grad), rb, m.head.Text)
}
