package train

// SGD is stochastic gradient descent with PyTorch's semantics:
//
//	ĝ = g + wd·p,  m ← ĝ on the first step, else μ m + ĝ,  p ← p − η m
//
// Weight decay pulls to zero, not to the initial weights.
type SGD struct {
	LR          float64 // η ≥ 0
	Momentum    float64 // μ in [0,1)
	WeightDecay float64 // wd ≥ 0
}

// SGDState is the optimizer of one parameter vector, for one client in one stage.
type SGDState struct {
	SGD
	momentum []float32
	started  bool
}

// New returns an optimizer for n parameters, its momentum at rest.
func (o SGD) New(n int) *SGDState {
	s := &SGDState{SGD: o}
	if o.Momentum != 0 {
		s.momentum = make([]float32, n)
	}
	return s
}

// Step performs one step on p with gradient g.
func (s *SGDState) Step(p, g []float32) {
	lr, mu, wd := float32(s.LR), float32(s.Momentum), float32(s.WeightDecay)
	if s.momentum == nil {
		for i, v := range g {
			p[i] -= lr * (v + wd*p[i])
		}
		return
	}
	if !s.started {
		mu, s.started = 0, true
	}
	for i, v := range g {
		m := mu*s.momentum[i] + v + wd*p[i]
		s.momentum[i] = m
		p[i] -= lr * m
	}
}
