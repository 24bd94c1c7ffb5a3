package peft

import (
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
)

// NewClassTexts is a module whose parameters are the class texts themselves, ℓ = s T x̂, as they are, of whatever
// length. It is what a module that moves texts inside a text tower comes to at parameters that stand still, for whoever
// predicts with it and has no tower.
func NewClassTexts(h Head) Module {
	l := layout(Tensor{Name: "T", Rows: h.Text.Rows, Cols: h.Text.Cols})
	return &classTexts{h, l}
}

type classTexts struct {
	head    Head
	tensors Layout
}

func (c *classTexts) Layout() Layout { return c.tensors }

// Init is zero-shot.
func (c *classTexts) Init(p []float32, _ *rand.Rand) { copy(p, c.head.Text.Data) }
func (c *classTexts) Anchor(p []float32)             { copy(p, c.head.Text.Data) }

func (c *classTexts) At(_ *f32.Arena, p []float32) Bound {
	return &classTextsAt{c, Head{Text: c.tensors[0].Of(p), Scale: c.head.Scale}}
}

type classTextsAt struct {
	*classTexts
	of Head
}

func (c *classTextsAt) Forward(m *f32.Arena, x f32.Matrix, _ *Drop) Run {
	unit, _ := normalise(m, x)
	return &classTextsRun{c, unit, c.of.logits(m, unit)}
}

func (c *classTextsAt) Describe(f *Formula, x Value) Value { return c.of.Describe(f, x) }

type classTextsRun struct {
	at           *classTextsAt
	unit, logits f32.Matrix
}

func (r *classTextsRun) Logits() f32.Matrix { return r.logits }

// Backward adds ∂L/∂T = s δᵀ x̂.
func (r *classTextsRun) Backward(m *f32.Arena, grad []float32, dlogits f32.Matrix) {
	scaled := m.Clone(dlogits)
	f32.Scale(r.at.of.Scale, scaled.Data)
	f32.AddTMul(r.at.tensors[0].Of(grad), scaled, r.unit)
}
