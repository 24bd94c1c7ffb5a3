package lab

import (
	"context"
	"errors"
	"math"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/method/purel"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
)

// newcomers fits the clients that never took part to a state, each alone and at a home of their own, and scores them;
// without a state it scores the frozen encoder. It is nil if there are none.
func (e *engine) newcomers(ctx context.Context, state *fed.State) (u *metric.Unseen, err error) {
	p := e.partition
	if len(p.Unseen) == 0 {
		return nil, nil
	}
	shards := append(make([]partition.Shard, len(p.Clients)), p.Everyone()[len(p.Clients):]...)
	home := e.homeOf(shards)
	defer func() { err = errors.Join(err, home.Kept.Close()) }()
	v := e.evaluator(home)
	v.Owned = true
	v.Prepare(shards)
	zero, err := v.Evaluate(ctx, nil, eval.Accuracy)
	if err != nil {
		return nil, err
	}
	u, last := &metric.Unseen{ZeroShot: zero.Scores}, zero
	if state != nil {
		if u.Rounds, err = e.adapt(ctx, home, state); err != nil {
			return nil, err
		}
		if last, err = v.Evaluate(ctx, state, eval.Accuracy); err != nil {
			return nil, err
		}
	}
	u.Last = last.Scores
	u.Clients = clients(p, p.Everyone(), e.experiment.train.Labels(), last)[len(p.Clients):]
	return u, nil
}

// adapt fits every client of a home that owns training images.
func (e *engine) adapt(ctx context.Context, home *fed.Home, state *fed.State) (rounds int, err error) {
	a := fed.Adaptation{
		Method: e.spec.algorithm(), State: state, Workers: e.workers,
		Rounds: e.spec.attended(len(e.partition.Clients)), Times: e.spec.AdaptRounds,
	}
	for k, s := range home.Shards {
		a.Names = append(a.Names, e.partition.Name(k))
		if len(s.Train) > 0 {
			a.Clients = append(a.Clients, k)
		}
	}
	return fed.Adapt(ctx, home, a)
}

// adapts says whether a newcomer's model grows from round to round. It asks the method as it is by default: which
// options a run reads depends on names, and personal rounds, which are a fixed number, grow it, too.
func (s *Spec) adapts() bool {
	if !s.Trains() {
		return false
	}
	a, able := fed.Adapter(purel.Wear{}), true
	if s.Personal != residual {
		a, able = s.method.New(s.module).(fed.Adapter)
	}
	if !able {
		return false
	}
	_, one := a.Adapt(1)
	_, two := a.Adapt(2)
	return one != two
}

// attended is in how many rounds a client took part on average, of so many.
func (s *Spec) attended(clients int) int {
	cohort := fed.CohortSize(s.Fraction, clients)
	total := 0
	for round := range s.Rounds {
		if s.everyone(round) {
			total += clients
		} else {
			total += cohort
		}
	}
	return max(int(math.Round(float64(total)/float64(clients))), 1)
}
