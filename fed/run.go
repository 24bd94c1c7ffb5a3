package fed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/seed"
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
	Extra    int       // rounds after the last, in which all clients take part
	Seed     seed.Root // of cohorts; that of the clients' homes
	Workers  int       // clients asked at once; below 1 counts as 1
	Names    []string  // of the clients, for errors; nil: they have none
	// Transport reaches the clients; nil: they live in the home that Run is given.
	Transport Transport
	// MinClients is how many of those that are asked must answer, or all, where fewer are asked; below 1 counts as 1.
	MinClients int

	Dir             string // run folder; must exist. Empty: nothing is written
	CheckpointEvery int    // rounds between checkpoints; the last round always has one
	Resume          bool   // continue from the checkpoint in Dir, if there is one

	// Announce hears of the state after a round when the round's asks are answered, before it is settled: so that
	// evaluating it can be asked of clients elsewhere. May be nil.
	Announce func(*State) error
	// Evaluate scores the state after a round, and may say which test images it gets right; nil, or nil scores, mean
	// that this round is not evaluated.
	Evaluate func(*State) (*metric.Scores, *metric.Right, error)
	// Observe hears of every finished round, in order, replayed ones included; may be nil.
	Observe func(metric.Round)
	// Trace hears of every step, in client order; nil: steps are not recorded.
	Trace func(Step) error
}

// State is what the server has after a round. What clients keep is theirs.
type State struct {
	Round  int // rounds finished
	Shared Message
	Own    Message
}

// Run trains and returns the final state and the record of every round. A cancelled context stops the run after it
// wrote a checkpoint of the last finished round, and is returned as the error. A run that was killed and is resumed
// gives the same rounds, except for their times.
//
// The home's Kept may hold files: close it after use.
func Run(ctx context.Context, home *Home, p Plan) (*State, []metric.Round, error) {
	home.Stages, home.Trace = p.Method.Stages(), p.Trace != nil
	for _, name := range slices.Sorted(maps.Keys(ownStages)) {
		if _, taken := home.Stages[name]; taken {
			return nil, nil, fmt.Errorf("fed: the stage %q is the engine's own; name the method's otherwise", name)
		}
	}
	if p.Transport == nil {
		p.Transport = home
		if p.Dir != "" {
			inside := longer{home, filepath.Join(p.Dir, RepliesDir)}
			if !p.Resume {
				if err := inside.forget(); err != nil {
					return nil, nil, err
				}
			}
			p.Transport = inside
		}
	}
	lagging, _ := p.Transport.(Lagging)
	if lagging != nil && p.Trace != nil {
		return nil, nil, errors.New("fed: steps are traced in their order, and not of clients whose replies come late")
	}
	t := &training{
		Plan: p, lagging: lagging, home: home, state: &State{Shared: Message{"phi": home.Initial}, Own: Message{}},
		journal: func(metric.Round) error { return nil }, checkpoint: func() error { return nil },
	}
	if p.Dir != "" {
		close, err := t.open()
		if err != nil {
			return nil, nil, err
		}
		defer close()
	}
	for _, rec := range t.records {
		t.observe(rec)
	}
	if err := t.run(ctx); err != nil {
		return nil, nil, err
	}
	return t.state, t.records, nil
}
