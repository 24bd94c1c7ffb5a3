package train

import "github.com/fedpurel/fedpurel/train/f32"

// Adam is Adam with PyTorch's semantics, weight decay as a part of the gradient included; see f32.Adam.
type Adam struct {
	LR           float64 // η ≥ 0
	Beta1, Beta2 float64 // in [0,1)
	Epsilon      float64 // ε > 0
	WeightDecay  float64 // wd ≥ 0
}

// AdamState is the optimizer of one parameter vector.
type AdamState struct {
	Adam
	first, second []float32 // moments
	steps         int
}

// New returns an optimizer for n parameters, its moments at zero.
func (o Adam) New(n int) *AdamState { return &AdamState{o, make([]float32, n), make([]float32, n), 0} }

// Step performs one step on p with gradient g; tensors that are no part of g stand still.
func (s *AdamState) Step(p []float32, g *Gradient) {
	s.steps++
	rule := f32.Adam{LR: s.LR, Beta1: s.Beta1, Beta2: s.Beta2, Epsilon: s.Epsilon, Decay: s.WeightDecay}
	for i, t := range g.Layout {
		slope := g.tensor
		if len(g.added) > 0 {
			slope = g.sum
		}
		rule.Step(t.Slice(p), t.Slice(s.first), t.Slice(s.second), slope(i), s.steps)
	}
}
