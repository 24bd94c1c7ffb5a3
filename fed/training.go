package fed

import (
	"context"
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
	lagging    Lagging     // the transport, if it lags
	state      *State      // after the last finished round
	behind     *unfinished // asked and not finished: of a transport that lags
	records    []metric.Round
	journal    func(metric.Round) error
	checkpoint func() error
	written    time.Time     // when the last checkpoint was
	writing    time.Duration // and how long it took
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
		begun := time.Now()
		err := saved.Save(dir, saved.Checkpoint{
			Round: t.state.Round, Tensors: t.home.Module.Layout(),
			Shared: t.state.Shared, Own: t.state.Own, Kept: t.home.Kept,
		})
		if err == nil {
			last, t.written, t.writing = t.state.Round, time.Now(), time.Since(begun)
		}
		return err
	}
	t.written = time.Now()
	return journal.Close, nil
}

// late says that the last checkpoint is long ago.
func (t *training) late() bool {
	return !t.written.IsZero() && time.Since(t.written) > max(seldom, oftenness*t.writing)
}

// run performs the rounds that are left.
func (t *training) run(ctx context.Context) error {
	for t.state.Round < t.total() {
		rec, err := t.step(ctx)
		if rec != nil {
			if err := t.journal(*rec); err != nil {
				return err
			}
			t.records = append(t.records, *rec)
			t.observe(*rec)
		}
		stop, done := ctx.Err(), t.state.Round
		due := rec != nil && (done == t.total() || t.CheckpointEvery > 0 && done%t.CheckpointEvery == 0 || t.late())
		if stop != nil || due {
			if err := t.checkpoint(); err != nil {
				return err
			}
		}
		switch {
		case stop != nil && t.behind == nil: // most likely the reason of an error, too; step left the state as it was
			return stop
		case err != nil:
			return err
		}
	}
	return nil
}

func (t *training) total() int { return t.Rounds + t.Extra }

// round begins the round after a state.
func (t *training) round(ctx context.Context, after *State) *Round {
	r := &Round{
		Index: after.Round, Rounds: t.Rounds, Shared: maps.Clone(after.Shared), Own: maps.Clone(after.Own),
		ctx: ctx, plan: &t.Plan, home: t.home, meters: map[string]Meter{},
		absent: map[int]error{}, missed: map[int]bool{},
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
