package fed

import (
	"errors"
	"fmt"
	"iter"
	"math"

	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
)

// Client is one client in one round. It is used by one goroutine.
type Client struct {
	ID     int
	Memory *f32.Arena // what is taken from it lives until the client is done
	Batch  *f32.Arena // until the next batch
	index  int        // in the cohort
	round  *Round
	meters map[string]*meter
	err    error // first error of Batches
	failed error // what the method returned
	stage  uint64
	step   int
	at     []int // positions of the batch in the client's training data
	trace  []Step
}

// Batching says how a client's samples form mini-batches.
type Batching struct {
	Size     int  // at least 1
	DropLast bool // leave out the last batch if it is not full, unless it is the only one
}

// Step is what one optimizer step was taken on, for a replay elsewhere.
type Step struct {
	Round  int // 0 is the first
	Client int
	Stage  uint64
	Step   int
	Rows   []int      // of the training split
	Views  []int      // of each row; nil: the plain ones
	Mask   f32.Matrix // dropout factors, if the module drops
}

// Global returns a copy of the global parameters φ_g.
func (c *Client) Global() []float32 {
	phi := c.round.vector()
	copy(phi, c.round.State.Global)
	return phi
}

// Frozen returns the global parameters themselves, to be read only.
func (c *Client) Frozen() []float32 { return c.round.State.Global }

// Personal returns a copy of the client's own parameters φ_k, which lives until the client is done; before its first participation they are
// the run's start.
func (c *Client) Personal() ([]float32, error) {
	phi := c.Memory.Matrix(1, len(c.round.State.Global)).Data
	stored, err := c.round.State.personal(c.ID, c.round.Start, phi)
	copy(phi, stored)
	return phi, err
}

// Forward runs the module as training does: with dropout, if the module has it.
func (c *Client) Forward(phi []float32, b train.Batch) (f32.Matrix, peft.Cache) {
	d, ok := c.round.Module.(peft.Dropper)
	if !ok || !d.Drops() {
		return c.round.Module.Forward(c.Batch, phi, b.X)
	}
	rng := c.round.Seed.Stream(seed.Dropout, uint64(c.round.Index), uint64(c.ID), c.stage, uint64(c.step))
	return d.ForwardDropout(c.Batch, phi, b.X, rng, func(mask f32.Matrix) {
		if len(c.trace) > 0 {
			c.trace[len(c.trace)-1].Mask = mask
		}
	})
}

// Keep stores a copy of phi as the client's own parameters, for its next participation and for evaluation.
func (c *Client) Keep(phi []float32) error { return c.round.State.Personal.Put(c.ID, phi) }

// Observe adds one value to a diagnostic that the round averages.
func (c *Client) Observe(name string, value float64) {
	m := c.meters[name]
	if m == nil {
		m = &meter{}
		c.meters[name] = m
	}
	if !math.IsNaN(value) {
		m.sum += value
		m.n++
	}
}

// Batches yields the client's training samples once, shuffled by (seed, round, client, stage), in mini-batches, each sample in the
// view that is drawn for it from the same coordinates, if there are views; the last may be smaller, if it is not dropped. A batch and all that is in the arena Batch live until the next one.
// A read error or a cancelled run ends the sequence; Err returns it.
func (c *Client) Batches(o Batching, stage uint64) iter.Seq[train.Batch] {
	return func(yield func(train.Batch) bool) {
		r, size := c.round, o.Size
		own := r.Shards[c.ID].Train
		at := make([]int, len(own))
		for i := range at {
			at[i] = i
		}
		rng := r.Seed.Stream(seed.Shuffle, uint64(r.Index), uint64(c.ID), stage)
		rng.Shuffle(len(at), func(i, j int) { at[i], at[j] = at[j], at[i] })
		if o.DropLast && len(at) > size {
			at = at[:len(at)/size*size]
		}
		y, rows := make([]int32, size), make([]int, size)
		views := r.Seed.Stream(seed.ViewOrder, uint64(r.Index), uint64(c.ID), stage)
		labels := r.Train.Labels()
		for c.stage, c.step = stage, 0; len(at) > 0; c.step++ {
			if c.err = r.context.Err(); c.err != nil {
				return
			}
			n := min(size, len(at))
			c.at, at = at[:n], at[n:]
			for i, j := range c.at {
				rows[i] = own[j]
				y[i] = labels[rows[i]]
			}
			c.Batch.Reset()
			b := train.Batch{X: c.Batch.Matrix(n, r.Train.Dim()), Y: y[:n]}
			var drawn []int
			if drawn, c.err = r.gather(b.X, rows[:n], views); c.err != nil {
				return
			}
			if r.Trace != nil {
				c.trace = append(c.trace, Step{Round: r.Index, Client: c.ID, Stage: stage, Step: c.step, Rows: append([]int{}, rows[:n]...), Views: drawn})
			}
			if !yield(b) {
				return
			}
		}
	}
}

// Loss observes a loss and makes its first non-finite value an error of the client.
func (c *Client) Loss(name string, value float64) bool {
	if c.err == nil && (math.IsNaN(value) || math.IsInf(value, 0)) {
		c.err = fmt.Errorf("step %d: %s is %v; lower the learning rate", c.step+1, name, value)
	}
	c.Observe(name, value)
	return c.err == nil
}

// Err returns the first thing that went wrong, and checks that the trained parameters are finite.
func (c *Client) Err(phi []float32) error {
	if c.err == nil && !f32.Finite(phi) {
		c.err = errors.New("the parameters are not finite; lower the learning rate")
	}
	return c.err
}
