package fed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/saved"
)

// unfinished is a round whose asks are answered, and the state after it.
type unfinished struct {
	*Round
	next  *State
	spent time.Duration
}

// step puts the asks of the next round and finishes that round or, where the transport lags, the one before it, which
// it also does where the asks fail. The last round, and one after which the run is to stop, are finished without asking
// any more. The record is of the round that is finished, nil if none is. What fails leaves the state as it was, and
// what clients kept in it is forgotten.
func (t *training) step(ctx context.Context) (rec *metric.Round, err error) {
	due := t.behind
	t.behind = nil
	if due == nil || due.next.Round < t.total() && ctx.Err() == nil {
		var asked *unfinished
		if asked, err = t.ask(ctx, due); err == nil && t.lagging != nil {
			t.behind = asked
		} else if err == nil {
			due = asked
		}
	}
	if due != nil {
		if t.lagging != nil {
			ctx = context.WithoutCancel(ctx)
		}
		var failed error
		if rec, failed = t.finish(ctx, due); failed != nil {
			t.behind, err = nil, errors.Join(err, failed)
		}
	}
	if err != nil {
		err = errors.Join(err, t.Transport.End(false))
	}
	return rec, err
}

// ask puts the asks of the round after one that may still be unfinished.
func (t *training) ask(ctx context.Context, before *unfinished) (*unfinished, error) {
	started, state := time.Now(), t.state
	if before != nil {
		state = before.next
	}
	r := t.round(ctx, state)
	if len(r.Cohort) == 0 {
		return nil, errors.New("fed: no client owns training data")
	}
	if t.lagging != nil {
		if err := t.lagging.Begin(ctx, r.Index, r.Cohort); err != nil {
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
	return &unfinished{r, next, time.Since(started)}, nil
}

// finish settles a round, evaluates the state after it, which becomes the run's, and records it.
func (t *training) finish(ctx context.Context, u *unfinished) (*metric.Round, error) {
	started := time.Now()
	if err := u.settle(ctx); err != nil {
		return nil, err
	}
	rec := &metric.Round{Round: u.next.Round, Cohort: u.Cohort}
	if t.Evaluate != nil {
		var err error
		if rec.Scores, rec.Right, err = t.Evaluate(u.next); err != nil {
			return nil, err
		}
	}
	if err := t.Transport.End(true); err != nil {
		return nil, err
	}
	t.state = u.next
	rec.Absent, rec.Missed = u.gone()
	rec.Diagnosis, rec.Floats = u.diagnosis(), u.floats
	rec.Seconds = (u.spent + time.Since(started)).Seconds()
	return rec, nil
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
