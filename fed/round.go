package fed

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"

	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
)

// Round is one round of a run, as the server sees it.
type Round struct {
	Index  int   // 0 is the first
	Rounds int   // of the run, without the extra ones in which all clients take part
	Cohort []int // clients that take part, ascending
	// Shared are vectors that clients may know: the question, where a method asks no other, and all that predicting
	// needs. phi are the global parameters, first the initial weights. Own are vectors that the server keeps for
	// itself. A method puts new vectors into the maps and never changes one that is there: a round that fails leaves
	// the state as it was.
	Shared, Own Message

	ctx      context.Context
	plan     *Plan
	home     *Home
	sizes    []int
	asks     int
	meters   map[string]Meter
	absent   map[int]error // who did not answer, and why
	missed   map[int]bool  // whose late replies did not come
	floats   int64
	everyone Message // what every question carries
}

// Extra reports whether this is one of the rounds after the run's own, in which all clients take part.
func (r *Round) Extra() bool { return r.Index >= r.Rounds }

// Module is what is trained.
func (r *Round) Module() peft.Module { return r.home.Module }

// Everyone are all clients that own training data, ascending.
func (r *Round) Everyone() []int {
	var all []int
	for k, n := range r.sizes {
		if n > 0 {
			all = append(all, k)
		}
	}
	return all
}

// Size is n_k, the number of client k's training samples.
func (r *Round) Size(k int) int { return r.sizes[k] }

// Stream is a random stream of the server's own in this round.
func (r *Round) Stream(p seed.Purpose, at ...uint64) *rand.Rand {
	return r.plan.Seed.Stream(p, append([]uint64{uint64(r.Index)}, at...)...)
}

// Head is the frozen classifier.
func (r *Round) Head() peft.Head { return r.home.Head }

// Initial is φ_0, the weights from which the run starts; to be read only.
func (r *Round) Initial() []float32 { return r.home.Initial }

// Err says why the run is to stop, if it is: work that takes long asks.
func (r *Round) Err() error { return r.ctx.Err() }

// Note records what the server drew, for a replay elsewhere, if the run is traced: round and client are filled in.
func (r *Round) Note(s Step) error {
	if r.plan.Trace == nil {
		return nil
	}
	s.Round, s.Client = r.Index, Server
	if err := r.plan.Trace(s); err != nil {
		return fmt.Errorf("fed: round %d: trace: %w", r.Index+1, err)
	}
	return nil
}

// Observe adds one value to a diagnostic of the round. NaN makes no difference.
func (r *Round) Observe(name string, value float64) {
	if !math.IsNaN(value) {
		r.meters[name] = r.meters[name].plus(Meter{value, 1})
	}
}

// CohortSize is max(⌊fraction·K⌋, 1). Products that are whole but for rounding count as whole.
func CohortSize(fraction float64, clients int) int {
	return max(int(fraction*float64(clients)+1e-9), 1)
}

// draw chooses the cohort: CohortSize of the clients that own training data, without replacement.
func (r *Round) draw(fraction float64) {
	able := r.Everyone()
	rng := r.Stream(seed.Cohort)
	rng.Shuffle(len(able), func(i, j int) { able[i], able[j] = able[j], able[i] })
	n := min(CohortSize(fraction, len(r.sizes)), len(able))
	r.Cohort = append([]int{}, able[:n]...)
	sort.Ints(r.Cohort)
}

// take takes over what a client leaves behind beside its answer: the first thing that went wrong, diagnostics, steps.
func (r *Round) take(client int, reply Reply) error {
	if reply.Err != nil {
		return r.failed(client, reply.Err)
	}
	for name, m := range reply.Observed {
		r.meters[name] = r.meters[name].plus(m)
	}
	for _, step := range reply.Steps {
		if err := r.plan.Trace(step); err != nil {
			return fmt.Errorf("fed: round %d: trace: %w", r.Index+1, err)
		}
	}
	return nil
}

// settle waits for what was held back.
func (r *Round) settle(ctx context.Context) error {
	late, err := r.plan.Transport.Settle(ctx, r.Index)
	if err != nil {
		return err
	}
	for _, l := range late {
		if l.Absent != nil {
			r.missed[l.Client] = true
			continue
		}
		if err := r.take(l.Client, l.Reply); err != nil {
			return err
		}
	}
	return nil
}

// diagnosis returns the mean of every observed quantity.
func (r *Round) diagnosis() map[string]float64 {
	d := map[string]float64{}
	for name, m := range r.meters {
		if m.N > 0 {
			d[name] = m.Sum / float64(m.N)
		}
	}
	return d
}
