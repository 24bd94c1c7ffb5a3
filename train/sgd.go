package train

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

// Step performs one step on p with gradient g.
func (s *SGDState) Step(p, g []float32) {
	lr, mu, wd := float32(s.LR), float32(s.Momentum), float32(s.WeightDecay)
	if s.momentum == nil {
		for i, v := range g {
			p[i] -= lr * (v + wd*p[i])
		}
		return
	}
	for i, v := range g {
		m := mu*s.momentum[i] + v + wd*p[i]
		s.momentum[i] = m
		p[i] -= lr * m
	}
}
