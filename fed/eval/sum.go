package eval

import (
	"github.com/fedpurel/fedpurel/fed/metric"
)

// sum adds up the tallies of blocks, in the order of the blocks.
type sum struct {
	Outcome
	blocks int // added so far
	rows   int // of the test split
	zero   zeroShot
	far    metric.Divergence
	err    error
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
		rows: e.Test.Len(), zero: zeroShot{counts(), hits()},
	}
}

// add takes the tally of the next block.
func (s *sum) add(t *tally, b *block) {
	s.blocks++
	if s.err == nil {
		s.err = t.err
	}
	if s.err != nil {
		return
	}
	for i, row := range b.rows {
		if t.right.Global.Has(i) {
			s.Right.Global.Add(row)
		}
		if t.right.Personal.Has(i) {
			s.Right.Personal.Add(row)
		}
	}
	owner := b.owner
	s.Global.Merge(t.global)
	s.far.Merge(t.divergence.Divergence)
	for model, r := range t.reliability {
		if s.Reliability == nil {
			s.Reliability = map[string][]metric.Reliability{}
		}
		s.Reliability[model] = metric.MergeReliability(s.Reliability[model], r)
	}
	s.guessed(t, b, s.rows)
	s.Contribution = metric.MergeContribution(s.Contribution, t.contribution)
	if t.zero.Total != nil {
		s.zero.all.Merge(t.zero)
	}
	if owner < 0 {
		return
	}
	if t.zero.Total != nil {
		s.zero.clients[owner].Merge(t.zero.Hits())
	}
	s.Local.Merge(t.local)
	s.Personal.Merge(t.personal)
	s.ClientGlobal[owner].Merge(t.local.Hits())
	s.ClientPersonal[owner].Merge(t.personal.Hits())
}

// outcome forms the scores. The zero-shot classifier was either evaluated with all blocks or is known from before.
func (e *Evaluator) outcome(s *sum, diverges bool) (*Outcome, error) {
	if s.err != nil {
		return nil, s.err
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
	if diverges {
		global.Moved = s.far
	}
	table := e.Metrics
	if table == nil {
		table = metric.All()
	}
	o.Scores = table.Scores(global, view(o.Local, o.ClientGlobal), view(o.Personal, o.ClientPersonal))
	return o, nil
}
