package fed

import (
	"context"
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
	Views   Viewer    // draw training samples from its views; nil: Train's own features
	Initial []float32 // φ_0, from Seed
	// Start is what a client's own branch is before it first takes part; nil stands for the global parameters of that
	// moment.
	Start   []float32
	Trace   func(Step) error // hears of every step, in client order; may be nil
	context context.Context

	desks    []*desk
	teachers [][]float32 // zero-shot logits of every client's training samples, once it has used them; nil if all would be too many
	vectors  [][]float32 // parameter vectors nobody uses
	mu       sync.Mutex  // of vectors
}

// desk is the memory of one worker: for as long as it works on a client, and on a batch.
type desk struct{ client, batch f32.Arena }

// NewEnv draws the initial weights. workers below 1 counts as 1.
func NewEnv(ctx context.Context, module peft.Module, head peft.Head, train Source, shards []partition.Shard, root seed.Root, workers int) *Env {
	initial := make([]float32, module.Layout().Size())
	module.Init(initial, root.Stream(seed.Init))
	env := &Env{
		Module: module, Head: head, Train: train, Shards: shards, Seed: root, Workers: max(workers, 1), Initial: initial, Start: initial,
		context: ctx,
	}
	total := 0
	for _, s := range shards {
		total += len(s.Train)
	}
	if total*head.Text.Rows <= teacherFloats {
		env.teachers = make([][]float32, len(shards))
	}
	return env
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
