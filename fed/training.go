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

// run performs the rounds that are left.
func (t *training) run(ctx context.Context) error {
	total := t.Rounds + t.Extra
	for t.state.Round < total {
		rec, err := t.step(ctx)
		if err != nil {
			if stop := ctx.Err(); stop != nil { // most likely the reason; step left the state as it was
				if err = t.checkpoint(); err == nil {
					err = stop
				}
			}
			return err
		}
		if err := t.journal(rec); err != nil {
			return err
		}
		t.records = append(t.records, rec)
		t.observe(rec)
		stop, done := ctx.Err(), t.state.Round
		if stop != nil || done == total || t.CheckpointEvery > 0 && done%t.CheckpointEvery == 0 {
			if err := t.checkpoint(); err != nil {
				return err
			}
		}
		if stop != nil {
			return stop
		}
	}
	return nil
}

// step runs one round. If it fails, the state stays, and what clients kept in it is forgotten.
func (t *training) step(ctx context.Context) (rec metric.Round, err error) {
	started := time.Now()
	ended := false
	defer func() {
		if !ended {
			err = errors.Join(err, t.Transport.End(false))
		}
	}()
	r := t.round(ctx)
	if len(r.Cohort) == 0 {
		return rec, errors.New("fed: no client owns training data")
	}
	if err := t.count(r); err != nil {
		return rec, err
	}
	if err := t.Method.Round(r); err != nil {
		return rec, err
	}
	if err := r.settle(); err != nil {
		return rec, err
	}
	next := &State{Round: r.Index + 1, Shared: r.Shared, Own: r.Own}
	var scores *metric.Scores
	var right *metric.Right
	if t.Evaluate != nil {
		if scores, right, err = t.Evaluate(next); err != nil {
			return rec, err
		}
	}
	if err := named(r.Shared, r.Own); err != nil {
		return rec, err
	}
	ended = true
	if err := t.Transport.End(true); err != nil {
		return rec, err
	}
	t.state = next
	return metric.Round{
		Round: next.Round, Cohort: r.Cohort, Scores: scores, Right: right, Diagnosis: r.diagnosis(),
		Floats: r.floats, Seconds: time.Since(started).Seconds(),
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

// round begins the next round.
func (t *training) round(ctx context.Context) *Round {
	r := &Round{
		Index: t.state.Round, Rounds: t.Rounds, Shared: maps.Clone(t.state.Shared), Own: maps.Clone(t.state.Own),
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
