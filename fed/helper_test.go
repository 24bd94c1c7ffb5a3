package fed_test

import (
	"math"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/f32"
)

// made is a method made of functions.
type made struct {
	fed.Simple
	stages fed.Stages
	round  func(*fed.Round) error
}

func (m made) Stages() fed.Stages       { return m.stages }
func (m made) Round(r *fed.Round) error { return m.round(r) }

// asking is a method whose rounds ask for one stage.
func asking(stage fed.Stage) made {
	return made{stages: fed.Stages{"do": stage}, round: func(r *fed.Round) error { return r.Ask(fed.Ask{Stage: "do"}) }}
}

// serverMomentum uses everything that a state holds: a method, with momentum at the server.
type serverMomentum struct{ fed.Method }

func (m serverMomentum) Round(r *fed.Round) error {
	before := r.Shared["phi"]
	if err := m.Method.Round(r); err != nil {
		return err
	}
	v, next := make([]float32, len(before)), make([]float32, len(before))
	copy(v, r.Own["velocity"])
	for i, now := range r.Shared["phi"] {
		v[i] = 0.5*v[i] + now - before[i]
		next[i] = before[i] + v[i]
	}
	r.Own["velocity"], r.Shared["phi"] = v, next
	return nil
}

// score depends on the whole global vector and has values that JSON writes as null; every other round has none.
func score(s *fed.State) (*metric.Scores, *metric.Right, error) {
	if s.Round%2 == 0 {
		return nil, nil, nil
	}
	return &metric.Scores{
		Global: metric.Score{{Name: metric.Accuracy, Value: f32.Norm(s.Shared["phi"])}},
		Moved:  metric.Score{{Name: metric.TKL, Value: math.NaN()}},
	}, &metric.Right{Global: metric.Rows{byte(s.Round), 1}}, nil
}
