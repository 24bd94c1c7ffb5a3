package peft

import (
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
)

// Folio is a module that moves the class texts, twice, in one classifier:
//
//	ℓ = s ((1−ϑ) T_g + ϑ T_l) x̂
//
// The rows of T_g and T_l have unit length, their sum is taken as it is: so ℓ = (1−ϑ) ℓ_g + ϑ ℓ_l, at the price of one,
// for texts are added up before they meet a feature. The parameters of T_g lie before those of T_l.
type Folio struct {
	of      TextSide
	theta   float32
	tensors Layout
}

// NewFolio is two of a module, mixed by ϑ in [0,1]. The tensors' names begin with global. and own.
func NewFolio(of TextSide, theta float64) *Folio {
	var l Layout
	for _, part := range []string{"global.", "own."} {
		for _, t := range of.Layout() {
			l = append(l, Tensor{Name: part + t.Name, Rows: t.Rows, Cols: t.Cols})
		}
	}
	return &Folio{of, float32(theta), layout(l...)}
}

// Layout has all tensors of T_g, and then all of T_l.
func (f *Folio) Layout() Layout { return f.tensors }

// Own is the part of the layout that T_l has.
func (f *Folio) Own() Layout { return f.tensors[len(f.tensors)/2:] }

// Doubled are parameters at which T_l is T_g: there the module predicts as one alone does.
func (f *Folio) Doubled(p []float32) []float32 {
	global, _ := f.halves(p)
	return append(append(make([]float32, 0, len(p)), global...), global...)
}

// halves are the parameters of T_g and of T_l.
func (f *Folio) halves(p []float32) (global, own []float32) { return p[:len(p)/2], p[len(p)/2:] }

// Init draws T_g, and starts T_l from the same.
func (f *Folio) Init(p []float32, rng *rand.Rand) {
	global, own := f.halves(p)
	f.of.Init(global, rng)
	copy(own, global)
}

// Anchor moves both.
func (f *Folio) Anchor(p []float32) {
	global, own := f.halves(p)
	f.of.Anchor(global)
	f.of.Anchor(own)
}

func (f *Folio) anchored() bool { return Anchored(f.of) }

// At adds up the texts.
func (f *Folio) At(m *f32.Arena, p []float32) Bound {
	g, l := f.halves(p)
	at := &folioAt{f, f.of.Texts(m, g), f.of.Texts(m, l), Head{}}
	of := at.global.Moved()
	at.mixed = Head{Text: m.Clone(of.Text), Scale: of.Scale}
	f32.Scale(1-f.theta, at.mixed.Text.Data)
	f32.Axpy(f.theta, at.own.Moved().Text.Data, at.mixed.Text.Data)
	return at
}

// folioAt keeps T_g, T_l and their sum.
type folioAt struct {
	*Folio
	global, own Texts
	mixed       Head
}

func (f *folioAt) Forward(m *f32.Arena, x f32.Matrix, _ *Drop) Run {
	unit, _ := normalise(m, x)
	return &folioRun{f, unit, f.mixed.logits(m, unit)}
}

// Moved has the sum of the texts, whose rows are shorter than 1.
func (f *folioAt) Moved() Head { return f.mixed }

// Describe has the sum for a constant.
func (f *folioAt) Describe(to *Formula, x Value) Value { return f.mixed.Describe(to, x) }

// folioRun keeps x̂.
type folioRun struct {
	at           *folioAt
	unit, logits f32.Matrix
}

func (r *folioRun) Logits() f32.Matrix { return r.logits }

// Factors come from ∂L/∂T_g = s (1−ϑ) q and ∂L/∂T_l = s ϑ q.
func (r *folioRun) Factors(f []Factor, m *f32.Arena, dlogits f32.Matrix) []Factor {
	q, before, scale := r.at.mixed.gather(m, dlogits, r.unit), len(f), r.at.mixed.Scale
	f = r.at.global.Pull(f, m, m.Clone(q), scale*(1-r.at.theta))
	f = r.at.own.Pull(f, m, q, scale*r.at.theta)
	for i, t := range r.at.tensors {
		f[before+i].Tensor = t
	}
	return f
}

func (r *folioRun) Backward(m *f32.Arena, grad []float32, dlogits f32.Matrix) {
	multiplyOut(grad, r.Factors(nil, m, dlogits))
}
