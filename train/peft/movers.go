package peft

import (
	"math"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// textShift moves all class embeddings by one vector, e_c = e, as a shared context moves all prompts.
type textShift struct {
	text    f32.Matrix
	e       Tensor
	tensors Layout
}

func newTextShift(h Head) *textShift {
	l := layout(Tensor{Name: "e", Rows: 1, Cols: h.Text.Cols})
	return &textShift{h.Text, l[0], l}
}

func (t *textShift) Layout() Layout                 { return t.tensors }
func (t *textShift) Init(p []float32, _ *rand.Rand) { clear(p) }
func (t *textShift) Anchor(p []float32)             { clear(p) }

func (t *textShift) move(m *f32.Arena, p []float32) (moved, inner f32.Matrix) {
	moved = m.Clone(t.text)
	f32.AddRow(moved, p)
	return moved, inner
}

// factors of ∂e = Σ_c ∂e_c.
func (t *textShift) factors(f []Factor, _ *f32.Arena, _ []float32, _, de f32.Matrix) []Factor {
	return append(f, Factor{Tensor: t.e, D: de})
}

// textClass moves every class embedding by a vector of its own, e_c, as class-specific contexts do.
type textClass struct {
	text    f32.Matrix
	e       Tensor
	tensors Layout
}

func newTextClass(h Head) *textClass {
	l := layout(Tensor{Name: "e", Rows: h.Text.Rows, Cols: h.Text.Cols})
	return &textClass{h.Text, l[0], l}
}

func (t *textClass) Layout() Layout                 { return t.tensors }
func (t *textClass) Init(p []float32, _ *rand.Rand) { clear(p) }
func (t *textClass) Anchor(p []float32)             { clear(p) }

func (t *textClass) move(m *f32.Arena, p []float32) (moved, inner f32.Matrix) {
	moved = m.Clone(t.text)
	f32.Axpy(1, p, moved.Data)
	return moved, inner
}

// factors of ∂e_c itself: a product of nothing, in one row.
func (t *textClass) factors(f []Factor, _ *f32.Arena, _ []float32, _, de f32.Matrix) []Factor {
	return append(f, Factor{Tensor: t.e, D: f32.Of(1, len(de.Data), de.Data)})
}

// TextLowRank are the options of a low-rank map of the class texts.
type TextLowRank struct {
	Rank       int     `json:"rank" usage:"rank r of the low-rank update"`
	Alpha      float64 `json:"alpha" usage:"scale α of the low-rank update, which multiplies by γ = α/r"`
	RankStable bool    `json:"rank_stable" usage:"γ = α/√r instead (rsLoRA)"`
}

// Validate reports the first option out of range.
func (o TextLowRank) Validate() error {
	switch {
	case o.Rank < 1 || o.Rank > maxWidth:
		return fault.Usagef("peft: rank %d must be from 1 to %d", o.Rank, maxWidth)
	case !(o.Alpha > 0):
		return fault.Usagef("peft: alpha %v must be positive", o.Alpha)
	}
	return nil
}

// gamma is the scale of the update.
func (o TextLowRank) gamma() float32 {
	if o.RankStable {
		return float32(o.Alpha / math.Sqrt(float64(o.Rank)))
	}
	return float32(o.Alpha / float64(o.Rank))
}

// textLowRank moves the class embeddings by a low-rank map: e_c = γ B A t_c, with A (r,D) and B (D,r).
type textLowRank struct {
	text    f32.Matrix
	gamma   float32
	a, b    Tensor
	tensors Layout
}

func newTextLowRank(h Head, o TextLowRank) *textLowRank {
	d := h.Text.Cols
	l := layout(Tensor{Name: "A", Rows: o.Rank, Cols: d}, Tensor{Name: "B", Rows: d, Cols: o.Rank})
	return &textLowRank{h.Text, o.gamma(), l[0], l[1], l}
}

func (t *textLowRank) Layout() Layout { return t.tensors }

// Init draws A from U(−1/√D, 1/√D) and sets B to zero.
func (t *textLowRank) Init(p []float32, rng *rand.Rand) {
	uniform(t.a.Slice(p), 1/math.Sqrt(float64(t.a.Cols)), rng)
	clear(t.b.Slice(p))
}

func (t *textLowRank) Anchor(p []float32) { clear(t.b.Slice(p)) }

// move keeps A t_c, as (C,r).
func (t *textLowRank) move(m *f32.Arena, p []float32) (moved, at f32.Matrix) {
	at = m.Matrix(t.text.Rows, t.a.Rows)
	f32.MulT(at, t.text, t.a.Of(p))
	moved = m.Matrix(t.text.Rows, t.text.Cols)
	f32.MulT(moved, at, t.b.Of(p))
	f32.Scale(t.gamma, moved.Data)
	f32.Axpy(1, t.text.Data, moved.Data)
	return moved, at
}

// factors of ∂A = Σ_c (Bᵀ r_c) t_cᵀ and ∂B = Σ_c r_c (A t_c)ᵀ with r_c = γ ∂e_c.
func (t *textLowRank) factors(f []Factor, m *f32.Arena, p []float32, at, r f32.Matrix) []Factor {
	f32.Scale(t.gamma, r.Data)
	rb := m.Matrix(r.Rows, t.a.Rows)
	f32.Mul(rb, r, t.b.Of(p))
	return append(f,
		Factor{Tensor: t.a, D: rb, H: t.text, Dense: true}, Factor{Tensor: t.b, D: r, H: at, Dense: true})
}
