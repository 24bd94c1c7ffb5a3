package lab

import (
	"sync/atomic"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/option"
)

// Steps says how far training is inside a round: rounds may take long. Evaluations are not counted.
type Steps struct {
	Done   int // of this process
	Round  int // that is under way; 0 is the first
	Within int // steps of it that are done
	// Of is how many steps a round has, about: before the first is over, what it has at least.
	Of     int
	Rounds int // of the run, all of them
}

// pace tells how.Step of every step.
func (e *engine) pace(plan *fed.Plan, how How) {
	if how.Step == nil {
		return
	}
	var done, before, round, of atomic.Int64
	of.Store(int64(e.leastSteps()))
	observe := plan.Observe
	plan.Observe = func(rec metric.Round) {
		now := done.Load()
		if now > before.Load() { // it is no replayed one
			of.Store(now - before.Load())
		}
		before.Store(now)
		round.Store(int64(rec.Round))
		if observe != nil {
			observe(rec)
		}
	}
	total := e.spec.TotalRounds()
	e.home.Stepped = func() {
		now := done.Add(1)
		how.Step(Steps{int(now), int(round.Load()), int(now - before.Load()), int(of.Load()), total})
	}
}

// leastSteps is how many steps a round has at least, on average: one pass through the samples of those who take part.
func (e *engine) leastSteps() int {
	batch, epochs := 1, 1
	for _, f := range option.Fields(e.spec.options["method"]) {
		switch f.Name {
		case "batch":
			batch = f.Value.(int)
		case "epochs":
			epochs = f.Value.(int)
		}
	}
	steps := 0
	for _, s := range e.partition.Clients {
		steps += (len(s.Train) + batch - 1) / batch
	}
	return max(int(e.spec.Fraction*float64(steps*max(epochs, 1))), 1)
}
