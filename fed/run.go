package fed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/durable"
)

// Names of the files of a run folder that the engine writes.
const (
	RoundsFile    = "rounds.jsonl"
	CheckpointDir = "checkpoint"
)

// Plan says how long a run goes and what accompanies it.
type Plan struct {
	Method   Method
	Rounds   int
	Fraction float64 // of the clients that take part in a round, in (0,1]
	// Everyone names the rounds, 0 the first, in which all clients take part whatever Fraction is; may be nil.
	Everyone func(round int) bool

	Dir             string // run folder; must exist
	CheckpointEvery int    // rounds between checkpoints; the last round always has one
	Resume          bool   // continue from the checkpoint in Dir, if there is one

	// Evaluate scores the state after a round; nil scores mean that this round is not evaluated.
	Evaluate func(*State) (*metric.Scores, error)
	// Observe hears of every finished round, in order, replayed ones included.
	Observe func(metric.Round)
}

// Run trains and returns the final state and the record of every round. A cancelled context stops the run after it
// wrote a checkpoint of the last finished round, and is returned as the error. A run that was killed and is resumed
// gives the same rounds, except for their times.
//
// The state's Personal may hold a file: close it after use.
func Run(ctx context.Context, env *Env, p Plan) (_ *State, _ []metric.Round, err error) {
	personal, err := NewVectors(len(env.Shards), len(env.Initial), p.Dir)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, personal.Close())
		}
	}()
	state := &State{Global: append([]float32{}, env.Initial...), Personal: personal, Server: map[string][]float32{}}
	var records []metric.Round
	if p.Resume {
		saved, err := loadCheckpoint(filepath.Join(p.Dir, CheckpointDir), env.Module.Layout().Size(), personal)
		switch {
		case err == nil:
			state = saved
			if records, err = readRounds(filepath.Join(p.Dir, RoundsFile), state.Round); err != nil {
				return nil, nil, err
			}
		case !errors.Is(err, os.ErrNotExist):
			return nil, nil, err
		}
	}
	journal, err := openJournal(filepath.Join(p.Dir, RoundsFile), records)
	if err != nil {
		return nil, nil, err
	}
	defer journal.Close()
	for _, rec := range records {
		p.observe(rec)
	}
	saved := state.Round
	checkpoint := func() error {
		if saved == state.Round {
			return nil
		}
		saved = state.Round
		return SaveCheckpoint(filepath.Join(p.Dir, CheckpointDir), state, env.Module.Layout())
	}
	for state.Round < p.Rounds {
		rec, err := step(env, state, p)
		if err != nil {
			if stop := ctx.Err(); stop != nil { // most likely the reason; step left the state as it was
				if err = checkpoint(); err == nil {
					err = stop
				}
			}
			return nil, nil, err
		}
		line, err := json.Marshal(rec)
		if err != nil {
			return nil, nil, fmt.Errorf("fed: record round %d: %w", rec.Round, err)
		}
		if err := durable.AppendLine(journal, line); err != nil {
			return nil, nil, fmt.Errorf("fed: record round %d: %w", rec.Round, err)
		}
		records = append(records, rec)
		p.observe(rec)
		stop := ctx.Err()
		if stop != nil || state.Round == p.Rounds || (p.CheckpointEvery > 0 && state.Round%p.CheckpointEvery == 0) {
			if err := checkpoint(); err != nil {
				return nil, nil, err
			}
		}
		if stop != nil {
			return nil, nil, stop
		}
	}
	return state, records, nil
}

// step runs one round and leaves the state untouched if it fails.
func step(env *Env, state *State, p Plan) (metric.Round, error) {
	started := time.Now()
	next := &State{Round: state.Round, Global: state.Global, Personal: state.Personal, Server: map[string][]float32{}}
	defer next.Personal.Rollback() // of what was not committed
	for name, v := range state.Server {
		next.Server[name] = append([]float32{}, v...)
	}
	fraction := p.Fraction
	if p.Everyone != nil && p.Everyone(state.Round) {
		fraction = 1
	}
	r := newRound(env, next, fraction)
	if len(r.Cohort) == 0 {
		return metric.Round{}, errors.New("fed: no client owns training data")
	}
	if err := p.Method.Round(r); err != nil {
		return metric.Round{}, err
	}
	next.Round++
	scores, err := p.Evaluate(next)
	if err != nil {
		return metric.Round{}, err
	}
	next.Personal.Commit()
	*state = *next
	return metric.Round{
		Round: next.Round, Cohort: r.Cohort, Scores: scores, Diagnosis: r.diagnosis(), Floats: r.floats,
		Seconds: time.Since(started).Seconds(),
	}, nil
}

func (p *Plan) observe(rec metric.Round) {
	if p.Observe != nil {
		p.Observe(rec)
	}
}
