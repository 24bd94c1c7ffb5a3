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
	ID       int
	round    *Round
	meters   map[string]*meter
	personal []float32
	err      error // first error of Batches
	stage    uint64
	step     int
	trace    []Step
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
	Mask   f32.Matrix // dropout factors, if the module drops
}

// Global returns a copy of the global parameters φ_g.
func (c *Client) Global() []float32 { return append([]float32{}, c.round.State.Global...) }

// Frozen returns the global parameters themselves, to be read only.
func (c *Client) Frozen() []float32 { return c.round.State.Global }

// Personal returns a copy of the client's own parameters φ_k; before its first participation they are the run's start.
func (c *Client) Personal() []float32 {
	return append([]float32{}, c.round.State.personal(c.ID, c.round.Start)...)
}

// Forward runs the module as training does: with dropout, if the module has it.
func (c *Client) Forward(phi []float32, b train.Batch) (f32.Matrix, peft.Cache) {
	d, ok := c.round.Module.(peft.Dropper)
	if !ok || !d.Drops() {
		return c.round.Module.Forward(phi, b.X)
	}
	rng := c.round.Seed.Stream(seed.Dropout, uint64(c.round.Index), uint64(c.ID), c.stage, uint64(c.step))
	return d.ForwardDropout(phi, b.X, rng, func(mask f32.Matrix) {
		if len(c.trace) > 0 {
			c.trace[len(c.trace)-1].Mask = mask
		}
	})
}

// Keep stores phi as the client's own parameters, for its next participation and for evaluation.
func (c *Client) Keep(phi []float32) { c.personal = phi }

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

// Batches yields the client's training samples once, shuffled by (seed, round, client, stage), in mini-batches; the
// last may be smaller, if it is not dropped. Every batch carries the features, labels and zero-shot logits of its samples.
// A read error or a cancelled run ends the sequence; Err returns it.
func (c *Client) Batches(o Batching, stage uint64) iter.Seq[train.Batch] {
	return func(yield func(train.Batch) bool) {
		r, size := c.round, o.Size
		rows := append([]int{}, r.Shards[c.ID].Train...)
		rng := r.Seed.Stream(seed.Shuffle, uint64(r.Index), uint64(c.ID), stage)
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		if o.DropLast && len(rows) > size {
			rows = rows[:len(rows)/size*size]
		}
		x, y := f32.New(min(size, len(rows)), r.Train.Dim()), make([]int32, size)
		labels := r.Train.Labels()
		for c.stage, c.step = stage, 0; len(rows) > 0; c.step++ {
			if c.err = r.context.Err(); c.err != nil {
				return
			}
			n := min(size, len(rows))
			b := train.Batch{X: x.Top(n), Y: y[:n]}
			if c.err = r.Train.Gather(b.X, rows[:n]); c.err != nil {
				return
			}
			for i, row := range rows[:n] {
				b.Y[i] = labels[row]
			}
			b.Z = r.Head.ZeroShot(b.X)
			if r.Trace != nil {
				c.trace = append(c.trace, Step{Round: r.Index, Client: c.ID, Stage: stage, Step: c.step, Rows: append([]int{}, rows[:n]...)})
			}
			if !yield(b) {
				return
			}
			rows = rows[n:]
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
