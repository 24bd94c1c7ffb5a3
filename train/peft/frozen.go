package peft

import (
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
)

// body adapts features: x → ẑ, of unit length. A classifier on it makes it a module.
type body interface {
	Layout() Layout
	Init(p []float32, rng *rand.Rand)
	Anchor(p []float32)
	// adapt computes ẑ at the parameters p, to which what it returns refers, as it does to x.
	adapt(m *f32.Arena, p []float32, x f32.Matrix, drop *Drop) adapted
	// describe adds the steps from x to ẑ to the formula.
	describe(f *Formula, p []float32, x Value) Value
}

// adapted is one pass through a body.
type adapted interface {
	// Feature is ẑ.
	Feature() f32.Matrix
	// factors appends those of the body's tensors for q = ∂L/∂ẑ, which it may use up.
	factors(f []Factor, m *f32.Arena, q f32.Matrix) []Factor
}

// frozen is a body with the frozen classifier: ℓ = s T ẑ.
type frozen struct {
	body
	dropout
	head Head
}

// At has nothing to do beforehand: all of a body meets x.
func (f *frozen) At(_ *f32.Arena, p []float32) Bound { return &frozenAt{f, p} }

type frozenAt struct {
	*frozen
	p []float32
}

func (f *frozenAt) Forward(m *f32.Arena, x f32.Matrix, drop *Drop) Run {
	a := f.adapt(m, f.p, x, drop)
	return &frozenRun{a, f.head, f.head.logits(m, a.Feature())}
}

type frozenRun struct {
	adapted
	head   Head
	logits f32.Matrix
}

func (r *frozenRun) Logits() f32.Matrix { return r.logits }

// Factors are the body's with ∂L/∂ẑ = s δ T.
func (r *frozenRun) Factors(f []Factor, m *f32.Arena, dlogits f32.Matrix) []Factor {
	return r.factors(f, m, r.head.pull(m, dlogits))
}

func (r *frozenRun) Backward(m *f32.Arena, grad []float32, dlogits f32.Matrix) {
	multiplyOut(grad, r.Factors(nil, m, dlogits))
}

func (r *frozenRun) BackFeature(m *f32.Arena, grad []float32, dfeature f32.Matrix) {
	multiplyOut(grad, r.factors(nil, m, m.Clone(dfeature)))
}
