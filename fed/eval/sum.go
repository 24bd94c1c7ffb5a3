package eval

import (
	"github.com/fedpurel/fedpurel/fed/metric"
)

// sum adds up the tallies of blocks, in the order of the blocks.
type sum struct {
	Outcome
	rows int // of the test split
	zero zeroShot
	far  metric.Divergence
	// Of the first tally; the others are of the same evaluation.
	begun, global, diverges bool
}

func (e *Evaluator) newSum() *sum {
	hits := func() []metric.Hits { return make([]metric.Hits, e.clients) }
	counts := func() metric.Counts { return metric.NewCounts(e.classes) }
	return &sum{
		Outcome: Outcome{
			Global: counts(), Local: counts(), Personal: counts(),
			ClientGlobal: hits(), ClientPersonal: hits(),
			Right: metric.Right{Global: metric.NewRows(e.Test.Len()), Personal: metric.NewRows(e.Test.Len())},
		},
		rows: e.Test.Len(), zero: zeroShot{counts(), hits()}, global: true,
	}
}

// add takes the tally of the next block.
func (s *sum) add(t *Tally) error {
	if t.err != nil {
		return t.err
	}
	if !s.begun {
		s.begun, s.global, s.diverges = true, t.HasGlobal, t.Diverges
	}
	for i, row := range t.Rows {
		if t.right.Global != nil && t.right.Global.Has(i) {
			s.Right.Global.Add(row)
		}
		if t.right.Personal != nil && t.right.Personal.Has(i) {
			s.Right.Personal.Add(row)
		}
	}
	merge(s.Global, t.global)
	s.far.Merge(t.divergence.Divergence)
	for model, r := range t.reliability {
		if s.Reliability == nil {
			s.Reliability = map[string][]metric.Reliability{}
		}
		s.Reliability[model] = metric.MergeReliability(s.Reliability[model], r)
	}
	s.guessed(t, s.rows)
	s.Contribution = metric.MergeContribution(s.Contribution, t.contribution)
	merge(s.zero.all, t.zero)
	if t.Owner < 0 {
		return nil
	}
	s.zero.clients[t.Owner].Merge(t.hit("zero_shot", t.zero))
	merge(s.Local, t.local)
	merge(s.Personal, t.personal)
	s.ClientGlobal[t.Owner].Merge(t.hit("global", t.local))
	s.ClientPersonal[t.Owner].Merge(t.hit("personal", t.personal))
	return nil
}

// merge adds counts, if there are any.
func merge(to metric.Counts, c metric.Counts) {
	if c.Total != nil {
		to.Merge(c)
	}
}

// hit is what a model got right: by its counts, or as it is said.
func (t *tally) hit(model string, c metric.Counts) metric.Hits {
	if c.Total != nil {
		return c.Hits()
	}
	return t.hits[model]
}

// outcome forms the scores. The zero-shot classifier was either evaluated with all blocks or is known from before.
func (e *Evaluator) outcome(s *sum) (*Outcome, error) {
	if !s.global {
		s.Right.Global = nil
	}
	if e.zero == nil {
		e.zero = &s.zero
	}
	o := &s.Outcome
	o.ZeroShot, o.ClientZeroShot = e.zero.all, e.zero.clients
	view := func(c metric.Counts, clients []metric.Hits) metric.View {
		return metric.View{Counts: c, Clients: clients, Groups: e.Groups, Balance: e.Balance}
	}
	global := view(o.Global, nil)
	if s.diverges {
		global.Moved = s.far
	}
	table := e.Metrics
	if table == nil {
		table = metric.All()
	}
	o.Scores = table.Scores(global, view(o.Local, o.ClientGlobal), view(o.Personal, o.ClientPersonal))
	return o, nil
}
