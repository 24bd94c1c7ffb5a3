package train

import "github.com/fedpurel/fedpurel/train/f32"

// SGD is stochastic gradient descent with PyTorch's semantics:
//
//	ĝ = g + wd·p,  m ← μ m + ĝ (m = 0 at first),  p ← p − η m
//
// Weight decay pulls to zero, not to the initial weights.
type SGD struct {
	LR          float64 // η ≥ 0
	Momentum    float64 // μ in [0,1)
	WeightDecay float64 // wd ≥ 0
}

// SGDState is the optimizer of one parameter vector.
type SGDState struct {
	SGD
	momentum []float32
}

// New returns an optimizer for n parameters, its momentum at rest.
func (o SGD) New(n int) *SGDState {
	if o.Momentum == 0 {
		return o.Continue(nil)
	}
	return o.Continue(make([]float32, n))
}

// Continue returns an optimizer that goes on with the momentum buffer m, and moves it. Without momentum m may be nil.
func (o SGD) Continue(m []float32) *SGDState { return &SGDState{o, m} }

// Step performs one step on p with gradient g; tensors that are no part of g stand still, weight decay and momentum
// included. Products are multiplied out into the parameters directly, unless something was added to the gradient.
func (s *SGDState) Step(p []float32, g *Gradient) {
	rule := f32.Descent{LR: float32(s.LR), Momentum: float32(s.Momentum), Decay: float32(s.WeightDecay)}
	for i, t := range g.Layout {
		w := t.Of(p)
		m := f32.Matrix{Rows: t.Rows, Cols: t.Cols}
		if s.momentum != nil {
			m = t.Of(s.momentum)
		}
		switch {
		case len(g.added) > 0:
			rule.Step(w.Data, m.Data, g.sum(i))
		case g.product(i):
			rule.TMul(w, m, g.factors[i].D, g.factors[i].H)
		default:
			rule.Step(w.Data, m.Data, t.Slice(g.dense))
		}
	}
}
