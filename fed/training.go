package fed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"time"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/saved"
)

// training is a run under way.
type training struct {
	Plan
	home       *Home
	state      *State
	records    []metric.Round
	journal    func(metric.Round) error
	checkpoint func() error
}

// open continues from the checkpoint, if that is wanted and there is one, and opens the run folder for writing.
func (t *training) open() (close func(), err error) {
	t.home.Kept.In(t.Dir)
	dir, rounds := filepath.Join(t.Dir, CheckpointDir), filepath.Join(t.Dir, RoundsFile)
	if t.Resume && saved.Exists(dir) {
		c, err := saved.Load(dir, len(t.home.Initial), t.home.Kept)
		if err != nil {
			return nil, err
		}
		if total := t.Rounds + t.Extra; c.Round > total {
			return nil, fmt.Errorf("fed: the checkpoint %s is of round %d, and the run has %d", dir, c.Round, total)
		}
		t.state = &State{Round: c.Round, Shared: c.Shared, Own: c.Own}
		if t.records, err = saved.Rounds(rounds, c.Round); err != nil {
			return nil, err
		}
	}
	journal, err := saved.OpenJournal(rounds, t.records)
	if err != nil {
		return nil, err
	}
	t.journal = journal.Add
	last := t.state.Round
	t.checkpoint = func() error {
		if last == t.state.Round {
			return nil
		}
		err := saved.Save(dir, saved.Checkpoint{
			Round: t.state.Round, Tensors: t.home.Module.Layout(),
			Shared: t.state.Shared, Own: t.state.Own, Kept: t.home.Kept,
		})
		if err == nil {
			last = t.state.Round
		}
		return err
	}
	return journal.Close, nil
}

// turn is a round whose asks are answered, and that may still have to be settled.
type turn struct {
	*Round
	next  *State // after the round
	spent time.Duration
}

// run performs the rounds that are left. Where the transport lags, a round is asked before the last one is settled.
func (t *training) run(ctx context.Context) error {
	total := t.Rounds + t.Extra
	_, lags := t.Transport.(Lagging)
	var open *turn
	for t.state.Round < total {
		newest := t.state
		if open != nil {
			newest = open.next
		}
		var next *turn
		if open == nil || newest.Round < total {
			var err error
			if next, err = t.ask(ctx, newest); err != nil {
				return t.stopped(ctx, err)
			}
		}
		if lags && open == nil && next.next.Round < total {
			open = next
			continue
		}
		if open == nil {
			open, next = next, nil
		}
		rec, err := t.settle(open)
		if err != nil {
			return t.stopped(ctx, err)
		}
		open = next
		if err := t.write(ctx, rec); err != nil {
			return err
		}
	}
	return nil
}

// stopped is how a run ends that could not finish a round: what clients kept in it is forgotten, and the state stays.
func (t *training) stopped(ctx context.Context, err error) error {
	err = errors.Join(err, t.Transport.End(false))
	if stop := ctx.Err(); stop != nil { // most likely the reason
		if err = t.checkpoint(); err == nil {
			err = stop
		}
	}
	return err
}

// write writes a settled round down.
func (t *training) write(ctx context.Context, rec metric.Round) error {
	if err := t.journal(rec); err != nil {
		return err
	}
	t.records = append(t.records, rec)
	t.observe(rec)
	stop, done := ctx.Err(), t.state.Round
	if stop != nil || done == t.Rounds+t.Extra || t.CheckpointEvery > 0 && done%t.CheckpointEvery == 0 {
		if err := t.checkpoint(); err != nil {
			return err
		}
	}
	return stop
}

// ask does the server's side of the round after a state.
func (t *training) ask(ctx context.Context, from *State) (*turn, error) {
	started := time.Now()
	r := t.round(ctx, from)
	if len(r.Cohort) == 0 {
		return nil, errors.New("fed: no client owns training data")
	}
	if l, lags := t.Transport.(Lagging); lags {
		if err := l.Begin(ctx, r.Index, r.Cohort); err != nil {
			return nil, err
		}
	}
	if err := t.count(r); err != nil {
		return nil, err
	}
	if err := t.Method.Round(r); err != nil {
		return nil, err
	}
	if err := named(r.Shared, r.Own); err != nil {
		return nil, err
	}
	next := &State{Round: r.Index + 1, Shared: r.Shared, Own: r.Own}
	if t.Announce != nil {
		if err := t.Announce(next); err != nil {
			return nil, err
		}
	}
	return &turn{r, next, time.Since(started)}, nil
}

// settle finishes a round: what was held back in it is there, and the state after it is evaluated, and lasts.
func (t *training) settle(r *turn) (rec metric.Round, err error) {
	started := time.Now()
	if err := r.settle(); err != nil {
		return rec, err
	}
	var scores *metric.Scores
	var right *metric.Right
	if t.Evaluate != nil {
		if scores, right, err = t.Evaluate(r.next); err != nil {
			return rec, err
		}
	}
	if err := t.Transport.End(true); err != nil {
		return rec, err
	}
	t.state = r.next
	return metric.Round{
		Round: r.next.Round, Cohort: r.Cohort, Absent: r.absent, Missed: r.missed, Scores: scores, Right: right,
		Diagnosis: r.diagnosis(), Floats: r.floats, Seconds: (r.spent + time.Since(started)).Seconds(),
	}, nil
}

// named refuses vectors whose names could not be files' in a checkpoint.
func named(messages ...Message) error {
	for _, m := range messages {
		for name := range m {
			if !saved.Plain(name) {
				return unnamed(name)
			}
		}
	}
	return nil
}

func unnamed(name string) error {
	return fmt.Errorf("fed: the vector %q needs a name of lower-case letters, digits, - and _", name)
}

// round begins the round after a state.
func (t *training) round(ctx context.Context, from *State) *Round {
	r := &Round{
		Index: from.Round, Rounds: t.Rounds, Shared: maps.Clone(from.Shared), Own: maps.Clone(from.Own),
		ctx: ctx, plan: &t.Plan, home: t.home, meters: map[string]Meter{},
	}
	for _, s := range t.home.Shards {
		r.sizes = append(r.sizes, len(s.Train))
	}
	fraction := t.Fraction
	if r.Extra() || t.Plan.Everyone != nil && t.Plan.Everyone(r.Index) {
		fraction = 1
	}
	r.draw(fraction)
	return r
}

func (t *training) observe(rec metric.Round) {
	if t.Observe != nil {
		t.Observe(rec)
	}
}
