package eval

import (
	"github.com/fedpurel/fedpurel/fed/metric"
)

// sum adds up tallies, in their order.
type sum struct {
	Outcome
	rows    int // of the test split
	zero    zeroShot
	told    bool // some tallies say how zero-shot does
	covered int  // rows of which tallies say whether they are right
	far     metric.Divergence
}

// Sum adds up tallies: those of all clients, one client's after the other's, each as they came, and nobody's at the
// end. What some clients do not share is missing, and is left out where it would mislead: of which images are right,
// and what they are taken for, nothing is said unless it is known of all.
func (e *Evaluator) Sum(tallies []Tally) (*Outcome, error) {
	s := e.newSum()
	for i := range tallies {
		if err := tallies[i].check(e.classes, e.clients, e.rows); err != nil {
			return nil, err
		}
		s.add(&tallies[i])
	}
	return e.outcome(s), nil
}

func (e *Evaluator) newSum() *sum {
	hits := func() []metric.Hits { return make([]metric.Hits, e.clients) }
	counts := func() metric.Counts { return metric.NewCounts(e.classes) }
	return &sum{
		Outcome: Outcome{
			Global: counts(), Local: counts(), Personal: counts(),
			ClientGlobal: hits(), ClientPersonal: hits(),
			Right: metric.Right{Global: metric.NewRows(e.rows), Personal: metric.NewRows(e.rows)},
		},
		rows: e.rows, zero: zeroShot{counts(), hits()},
	}
}

// add takes the next tally.
func (s *sum) add(t *Tally) {
	s.hits(t)
	merge := func(into, c metric.Counts) {
		if c.Total != nil {
			into.Merge(c)
		}
	}
	merge(s.Global, t.Global)
	merge(s.zero.all, t.ZeroShot)
	s.told = s.told || t.ZeroShot.Total != nil || t.Score != nil
	s.far.Merge(t.Moved.divergence())
	for model, r := range t.Reliability {
		if s.Reliability == nil {
			s.Reliability = map[string][]metric.Reliability{}
		}
		s.Reliability[model] = metric.MergeReliability(s.Reliability[model], r)
	}
	s.guessed(t)
	s.Contribution = metric.MergeContribution(s.Contribution, t.Contribution)
	if t.Owner < 0 {
		return
	}
	if !t.Clients {
		merge(s.Local, t.Global)
	}
	merge(s.Personal, t.Personal)
	score := t.score()
	s.zero.clients[t.Owner].Merge(score.ZeroShot)
	s.ClientGlobal[t.Owner].Merge(score.Global)
	s.ClientPersonal[t.Owner].Merge(score.Personal)
}

// hits takes up which rows are right.
func (s *sum) hits(t *Tally) {
	if t.Clients {
		s.Right.Global = nil
	}
	if t.Right.Personal == nil {
		return
	}
	s.covered += len(t.Rows)
	for i, row := range t.Rows {
		if s.Right.Global != nil && t.Right.Global != nil && t.Right.Global.Has(i) {
			s.Right.Global.Add(row)
		}
		if t.Right.Personal.Has(i) {
			s.Right.Personal.Add(row)
		}
	}
}

// outcome forms the scores. The zero-shot classifier was either evaluated with all blocks or is known from before.
func (e *Evaluator) outcome(s *sum) *Outcome {
	if s.told || e.zero == nil {
		e.zero = &s.zero
	}
	o := &s.Outcome
	if s.covered < e.held {
		o.Right, o.Predicted = metric.Right{}, nil
	}
	o.ZeroShot, o.ClientZeroShot = e.zero.all, e.zero.clients
	view := func(c metric.Counts, clients []metric.Hits) metric.View {
		return metric.View{Counts: c, Clients: clients, Groups: e.Groups, Balance: e.Balance}
	}
	global := view(o.Global, nil)
	global.Moved = s.far
	table := e.Metrics
	if table == nil {
		table = metric.All()
	}
	o.Scores = table.Scores(global, view(o.Local, o.ClientGlobal), view(o.Personal, o.ClientPersonal))
	return o
}
