package fed

import (
	"context"
	"fmt"
	"sort"
	"sync"

	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
)

// Env is what stays fixed during a run.
type Env struct {
	Module  peft.Module
	Head    peft.Head // frozen class embeddings: the zero-shot teacher
	Train   Source
	Shards  []partition.Shard
	Seed    seed.Root
	Workers int
	Initial []float32 // φ_0, from Seed
	// Start is what a client's own branch is before it first takes part; nil stands for the global parameters of that
	// moment.
	Start   []float32
	Trace   func(Step) error // hears of every step, in client order, after the round's clients are done; may be nil
	context context.Context
}

// NewEnv draws the initial weights. workers below 1 counts as 1.
func NewEnv(ctx context.Context, module peft.Module, head peft.Head, train Source, shards []partition.Shard, root seed.Root, workers int) *Env {
	initial := make([]float32, module.Layout().Size())
	module.Init(initial, root.Stream(seed.Init))
	return &Env{Module: module, Head: head, Train: train, Shards: shards, Seed: root, Workers: max(workers, 1), Initial: initial, Start: initial, context: ctx}
}

// Round is one communication round of a run, as a method sees it.
type Round struct {
	*Env
	Index  int   // 0 is the first
	Cohort []int // clients that take part, ascending
	State  *State
	meters map[string]*meter
	floats int64
}

// meter averages one diagnostic over everything that a round observes.
type meter struct {
	sum float64
	n   int
}

// newRound draws the cohort: max(⌊fraction·K⌋, 1) of the clients that own training data, without replacement.
// Products that are whole but for rounding count as whole.
func newRound(env *Env, state *State, fraction float64) *Round {
	var able []int
	for k, s := range env.Shards {
		if len(s.Train) > 0 {
			able = append(able, k)
		}
	}
	rng := env.Seed.Stream(seed.Cohort, uint64(state.Round))
	rng.Shuffle(len(able), func(i, j int) { able[i], able[j] = able[j], able[i] })
	n := min(max(int(fraction*float64(len(env.Shards))+1e-9), 1), len(able))
	cohort := append([]int{}, able[:n]...)
	sort.Ints(cohort)
	return &Round{Env: env, Index: state.Round, Cohort: cohort, State: state, meters: map[string]*meter{}}
}

// Map runs f for every client of the cohort, at most Workers at once, and returns the results in client order. The
// first error in client order is returned, naming round and client. f may write only what belongs to its client.
func Map[T any](r *Round, f func(*Client) (T, error)) ([]T, error) { return atOnce(r, r.Workers, f) }

// InOrder is Map with one client after the other, for a method whose clients hand something on.
func InOrder[T any](r *Round, f func(*Client) (T, error)) ([]T, error) { return atOnce(r, 1, f) }

func atOnce[T any](r *Round, workers int, f func(*Client) (T, error)) ([]T, error) {
	results, errs := make([]T, len(r.Cohort)), make([]error, len(r.Cohort))
	clients := make([]*Client, len(r.Cohort))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(workers, len(r.Cohort)) {
		wg.Go(func() {
			for i := range next {
				clients[i] = &Client{ID: r.Cohort[i], round: r, meters: map[string]*meter{}}
				results[i], errs[i] = f(clients[i])
			}
		})
	}
	for i := range r.Cohort {
		next <- i
	}
	close(next)
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("fed: round %d, client %d: %w", r.Index+1, r.Cohort[i], err)
		}
	}
	for _, c := range clients { // in client order, so that sums do not depend on who finished first
		for name, m := range c.meters {
			r.observe(name, m.sum, m.n)
		}
		if c.personal != nil {
			r.State.Personal[c.ID] = c.personal
		}
		for _, step := range c.trace {
			if err := r.Trace(step); err != nil {
				return nil, fmt.Errorf("fed: round %d: trace: %w", r.Index+1, err)
			}
		}
	}
	return results, nil
}

// Average performs φ_g ← Σ_{k∈S} (n_k / Σ_{j∈S} n_j) φ_k over the cohort S, summed in client order in float64. local
// holds one vector per client of the cohort. It records the clients' drift ‖φ_k − φ_g‖ from the parameters they
// started with and from the new average.
func (r *Round) Average(local [][]float32) error {
	if len(local) != len(r.Cohort) {
		panic("fed: Average needs one vector per client of the cohort")
	}
	total := 0
	for _, k := range r.Cohort {
		total += len(r.Shards[k].Train)
	}
	sum := make([]float64, len(r.State.Global))
	for i, k := range r.Cohort {
		w := float64(len(r.Shards[k].Train)) / float64(total)
		for j, v := range local[i] {
			sum[j] += w * float64(v)
		}
		r.observe("drift", f32.Distance(local[i], r.State.Global), 1)
	}
	next := make([]float32, len(sum))
	for j, v := range sum {
		next[j] = float32(v)
	}
	if !f32.Finite(next) {
		return fmt.Errorf("fed: round %d: the average is not finite; lower --lr", r.Index+1)
	}
	for i := range local {
		r.observe("drift_new", f32.Distance(local[i], next), 1)
	}
	r.floats += 2 * int64(len(sum)) * int64(len(local)) // down and up
	r.State.Global = next
	return nil
}

func (r *Round) observe(name string, sum float64, n int) {
	m := r.meters[name]
	if m == nil {
		m = &meter{}
		r.meters[name] = m
	}
	m.sum += sum
	m.n += n
}

// diagnosis returns the mean of every observed quantity.
func (r *Round) diagnosis() map[string]float64 {
	d := map[string]float64{}
	for name, m := range r.meters {
		if m.n > 0 {
			d[name] = m.sum / float64(m.n)
		}
	}
	return d
}
