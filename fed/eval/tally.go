package eval

import (
	"context"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/ordered"
)

// Tally is what one block of test rows, all of one owner, contributes to an evaluation. Tallies of evaluators at
// different places add up to the evaluation of all rows at one, bit for bit, if they are added in the order of the
// owners and of their rows. Its JSON is as exact.
type Tally struct {
	Owner int   // −1: nobody's rows
	Rows  []int // of the test split
	// HasGlobal: there is a global model. Diverges: its divergence from the zero-shot predictions was measured.
	HasGlobal, Diverges bool
	tally
}

// tally is what is counted. Of parts that were left out there is nothing; hits then may be there in place of counts.
type tally struct {
	zero, global, local, personal metric.Counts
	hits                          map[string]metric.Hits // zero_shot, global, personal: all classes together
	right                         metric.Right           // rows of the block
	divergence                    divergence
	reliability                   map[string][]metric.Reliability
	contribution                  []metric.Contribution
	guesses                       map[string]guess // by model, as in Outcome.Predicted
	err                           error
}

// Evaluate scores a state; nil stands for the frozen encoder itself.
func (e *Evaluator) Evaluate(ctx context.Context, s *fed.State, detail Detail) (*Outcome, error) {
	sum := e.newSum()
	if err := e.tallies(ctx, s, detail, sum.add); err != nil {
		return nil, err
	}
	return e.outcome(sum)
}

// Tallies evaluates a state at one of several places: it counts what Sum adds up.
func (e *Evaluator) Tallies(ctx context.Context, s *fed.State, detail Detail) (all []Tally, err error) {
	err = e.tallies(ctx, s, detail, func(t *Tally) error {
		all = append(all, *t)
		return t.err
	})
	return all, err
}

// Sum is the evaluation to which tallies add up, which are in order. Tallies that do not fit the evaluator's classes,
// clients and rows are an error.
func (e *Evaluator) Sum(tallies []Tally) (*Outcome, error) {
	sum := e.newSum()
	for i := range tallies {
		if err := tallies[i].check(e.classes, e.clients, e.Test.Len()); err != nil {
			return nil, err
		}
		if err := sum.add(&tallies[i]); err != nil {
			return nil, err
		}
	}
	return e.outcome(sum)
}

// tallies evaluates block by block; add takes them in order.
func (e *Evaluator) tallies(ctx context.Context, s *fed.State, detail Detail, add func(*Tally) error) error {
	var view *scene
	if s != nil {
		view = e.scene(s)
	}
	workers := max(e.Workers, 1)
	for len(e.desks) < workers {
		e.desks = append(e.desks, desk{})
	}
	has := view == nil || view.global != nil
	jobs := ordered.Jobs{N: len(e.blocks), Workers: workers, Ahead: 8 * workers}
	return ordered.Run(jobs, func(worker, i int) *Tally {
		b := &e.blocks[i]
		t := &Tally{Owner: b.owner, Rows: b.rows, HasGlobal: has, Diverges: has && detail >= Divergence}
		if t.err = ctx.Err(); t.err == nil {
			t.tally = e.block(ctx, &e.desks[worker], b, view, detail)
		}
		return t
	}, func(_ int, t *Tally) error { return add(t) })
}

// Shift numbers the rows from first on, where they were numbered from 0.
func (t *Tally) Shift(first int) {
	rows := make([]int, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = first + row
	}
	t.Rows = rows
}
