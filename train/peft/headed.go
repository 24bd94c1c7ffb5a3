package peft

import (
	"math/rand/v2"
	"strings"

	"github.com/fedpurel/fedpurel/train/f32"
)

// headed is a body with a trainable classifier, started from the class embeddings:
//
//	ℓ = s W ẑ + b
//
// Shapes: ẑ (B,D)  W (C,D)  b (C). The rows of W are free; at W = T, b = 0 it is the frozen classifier. Its tensors
// follow the body's.
type headed struct {
	body
	dropout
	head    Head
	prefix  string
	w, b    Tensor
	tensors Layout
}

// newHeaded names the classifier's tensors W and b, after the prefix.
func newHeaded(of body, drop dropout, h Head, prefix string) *headed {
	c, d := h.Text.Rows, h.Text.Cols
	l := append(Layout{}, of.Layout()...)
	l = append(l, Tensor{Name: prefix + "W", Rows: c, Cols: d}, Tensor{Name: prefix + "b", Rows: 1, Cols: c})
	l = layout(l...)
	return &headed{of, drop, h, prefix, l[len(l)-2], l[len(l)-1], l}
}

func (h *headed) Layout() Layout { return h.tensors }

func (h *headed) Head() Layout { return h.tensors[len(h.tensors)-2:] }

// Classifier has the head's tensors, under their names.
func (h *headed) Classifier() Module {
	prefix := strings.TrimSuffix(h.w.Name, "W")
	return newHeaded(unit{}, dropout{}, h.head, prefix)
}

// Init is the body's, and sets W = T and b = 0.
func (h *headed) Init(p []float32, rng *rand.Rand) {
	h.body.Init(h.ofBody(p), rng)
	h.start(p)
}

func (h *headed) Anchor(p []float32) {
	h.body.Anchor(h.ofBody(p))
	h.start(p)
}

// ofBody is the part of p before the classifier's.
func (h *headed) ofBody(p []float32) []float32 { return p[:h.w.Offset] }

func (h *headed) start(p []float32) {
	copy(h.w.Slice(p), h.head.Text.Data)
	clear(h.b.Slice(p))
}

// At has nothing to do beforehand.
func (h *headed) At(_ *f32.Arena, p []float32) Bound { return &headedAt{h, p} }

type headedAt struct {
	*headed
	p []float32
}

func (h *headedAt) Forward(m *f32.Arena, x f32.Matrix, drop *Drop) Run {
	a := h.adapt(m, h.ofBody(h.p), x, drop)
	logits := h.trained().logits(m, a.Feature())
	f32.AddRow(logits, h.b.Slice(h.p))
	return &headedRun{a, h, logits}
}

// trained is the classifier with W for T.
func (h *headedAt) trained() Head { return Head{Text: h.w.Of(h.p), Scale: h.head.Scale} }

type headedRun struct {
	adapted
	at     *headedAt
	logits f32.Matrix
}

func (r *headedRun) Logits() f32.Matrix { return r.logits }

func (r *headedRun) Factors(f []Factor, m *f32.Arena, dlogits f32.Matrix) []Factor {
	if r.at.w.Offset > 0 { // ∂L/∂ẑ = s δ W, if the body has parameters
		f = r.factors(f, m, r.at.trained().pull(m, dlogits))
	}
	// ∂W = s δᵀ ẑ, ∂b = Σ δ
	scaled := m.Clone(dlogits)
	f32.Scale(r.at.head.Scale, scaled.Data)
	return append(f, Factor{Tensor: r.at.w, D: scaled, H: r.Feature()}, Factor{Tensor: r.at.b, D: m.Clone(dlogits)})
}

func (r *headedRun) Backward(m *f32.Arena, grad []float32, dlogits f32.Matrix) {
	multiplyOut(grad, r.Factors(nil, m, dlogits))
}

func (r *headedRun) BackFeature(m *f32.Arena, grad []float32, dfeature f32.Matrix) {
	multiplyOut(grad, r.factors(nil, m, m.Clone(dfeature)))
}

// none is the body without parameters: ẑ = x/‖x‖.
type none struct{}

func (none) Layout() Layout             { return nil }
func (none) Init([]float32, *rand.Rand) {}
func (none) Anchor([]float32)           {}
func (none) adapt(m *f32.Arena, _ []float32, x f32.Matrix, _ *Drop) adapted {
	unit, _ := normalise(m, x)
	return plain{unit}
}

type plain struct{ unit f32.Matrix }

func (p plain) Feature() f32.Matrix { return p.unit }

func (plain) factors(f []Factor, _ *f32.Arena, _ f32.Matrix) []Factor { return f }

// unit is the body of features that are adapted already: ẑ = x.
type unit struct{ none }

func (unit) adapt(_ *f32.Arena, _ []float32, x f32.Matrix, _ *Drop) adapted { return plain{x} }

func (unit) describe(_ *Formula, _ []float32, x Value) Value { return x }

// ByClass are the tensors of a module that have a row for each class: W of a trainable head, contexts of each class's
// own, and what shifts class texts one by one. One that happens to have as many rows, as a factor of rank C has, is
// none of them.
func ByClass(m Module) Layout {
	if headed, is := m.(Headed); is {
		return headed.Head()[:1]
	}
	if p, is := m.(*prompt); is && p.own {
		return p.tensors
	}
	if t, is := m.(*text); is {
		if own, is := t.mover.(*textClass); is {
			return own.tensors
		}
	}
	return nil
}
