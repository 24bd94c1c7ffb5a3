package fed

import (
	"context"
	"errors"
	"fmt"

	"github.com/fedpurel/fedpurel/fed/ordered"
)

// Adapter is a method that fits a client that never took part in a run to what the run has learned. Of a method that
// is none, such a client predicts with what Personal gives a client that keeps nothing.
type Adapter interface {
	// Adapt names the stage that the client is asked for, and how often, where those who took part did so in so many
	// rounds each. The question is what the server shares; of the stage, what the client keeps is all that matters.
	Adapt(rounds int) (stage string, times int)
}

// Adaptation is clients that never took part, each to be fitted alone.
type Adaptation struct {
	Method  Method
	State   *State // of the finished run; it stays as it is
	Clients []int  // at the home
	Rounds  int    // in which those who took part did so
	Times   int    // that the stage is asked for; 0: as the method has it
	Workers int
	Names   []string // of the home's clients, for errors; nil: they have none
}

// Adapt fits the clients. What they keep is then theirs, at a home at which nobody has kept anything before. The times
// that a stage is asked for count on from the run's rounds, so that batches are none that anybody saw. It returns how
// often that was: 0 if the method has no stage for it.
func Adapt(ctx context.Context, home *Home, a Adaptation) (times int, err error) {
	adapter, able := a.Method.(Adapter)
	if !able {
		return 0, nil
	}
	home.Stages = a.Method.Stages()
	stage, times := adapter.Adapt(a.Rounds)
	if a.Times > 0 {
		times = a.Times
	}
	jobs := ordered.Jobs{N: len(a.Clients), Workers: a.Workers}
	fit := func(_, i int) error {
		for n := range times {
			call := Call{Round: a.State.Round + n, Client: a.Clients[i], Stage: stage, Question: a.State.Shared}
			reply := home.Ask(ctx, call)
			reply.Release()
			if reply.Err != nil {
				return reply.Err
			}
		}
		return nil
	}
	err = ordered.Run(jobs, fit, func(i int, err error) error {
		if err == nil {
			return nil
		}
		return fmt.Errorf("fed: %s, alone after the last round: %w", called(a.Clients[i], a.Names), err)
	})
	return times, errors.Join(err, home.End(err == nil))
}
