package fed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/fedpurel/fedpurel/fed/saved"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
)

// Client is one client at work. It sees its own samples, what it kept, the question, and what never changes: the
// module, the frozen head, the initial weights. It remembers the first thing that goes wrong, so that stages have no
// error paths: after that, batches end and nothing that the stage does matters any more. It is used by one goroutine.
type Client struct {
	ID          int
	home        *Home
	ctx         context.Context
	memory      *f32.Arena // until the client is done
	batchMemory *f32.Arena // until the next batch
	round       int
	rounds      int
	question    Message
	lent        [][]float32 // vectors that Release gives back
	observed    map[string]Meter
	steps       []Step
	loss        *openLoss
	pass        pass
	err         error
}

// Module is what is trained.
func (c *Client) Module() peft.Module { return c.home.Module }

// Head is the frozen classifier.
func (c *Client) Head() peft.Head { return c.home.Head }

// Initial is φ_0, the weights from which the run starts; to be read only.
func (c *Client) Initial() []float32 { return c.home.Initial }

// ZeroShot is φ_0 moved to where the module predicts zero-shot; to be read only.
func (c *Client) ZeroShot() []float32 { return c.home.zeroShot() }

// Copy returns a copy of v to work on. It may be part of the answer.
func (c *Client) Copy(v []float32) []float32 {
	out := c.vector(len(v))
	copy(out, v)
	return out
}

// Zeros returns a vector of n zeros to work on. It may be part of the answer.
func (c *Client) Zeros(n int) []float32 {
	out := c.vector(n)
	clear(out)
	return out
}

func (c *Client) vector(n int) []float32 {
	v := c.home.vector(n)
	c.lent = append(c.lent, v)
	return v
}

// Kept returns a copy of what the client keeps under a name, or of otherwise, if it keeps nothing under it.
func (c *Client) Kept(name string, otherwise []float32) []float32 {
	vectors := c.home.Kept.Of(name)
	if vectors == nil || !vectors.Has(c.ID) {
		if otherwise == nil {
			return nil
		}
		return c.Copy(otherwise)
	}
	out := c.vector(vectors.Size())
	v, err := vectors.Get(c.ID, out)
	if err != nil {
		c.Fail(err)
	}
	copy(out, v)
	return out
}

// Keep stores a copy of v under a name, for the client's next stage and for evaluation. All vectors of a name have one
// length.
func (c *Client) Keep(name string, v []float32) {
	if !saved.Plain(name) {
		c.Fail(unnamed(name))
	}
	if !c.finite(v) {
		return
	}
	if err := c.home.Kept.Put(name, c.ID, v); err != nil {
		c.Fail(err)
	}
}

// Size is n_k, the number of the client's training samples.
func (c *Client) Size() int { return len(c.home.Shards[c.ID].Train) }

// Counts are the client's training samples by class.
func (c *Client) Counts() []int {
	counts, labels := make([]int, c.home.Head.Text.Rows), c.home.Train.Labels()
	for _, row := range c.home.Shards[c.ID].Train {
		counts[labels[row]]++
	}
	return counts
}

// Rows are the client's training samples of a class, as numbers for Gather.
func (c *Client) Rows(class int) []int {
	var rows []int
	labels := c.home.Train.Labels()
	for i, row := range c.home.Shards[c.ID].Train {
		if int(labels[row]) == class {
			rows = append(rows, i)
		}
	}
	return rows
}

// Gather returns the features (len(rows),D) of the client's samples with these numbers, below Size. They live until
// the next batch.
func (c *Client) Gather(rows []int) f32.Matrix {
	own := make([]int, len(rows))
	for i, r := range rows {
		own[i] = c.home.Shards[c.ID].Train[r]
	}
	x := c.batchMemory.Matrix(len(rows), c.home.Train.Dim())
	if err := c.home.Train.Gather(x, own); err != nil {
		c.Fail(err)
		clear(x.Data)
	}
	return x
}

// Note records which of its samples the client drew, by their numbers, for a replay elsewhere, if the run is traced.
func (c *Client) Note(stage uint64, step int, rows []int) {
	if !c.home.Trace {
		return
	}
	own := make([]int, len(rows))
	for i, r := range rows {
		own[i] = c.home.Shards[c.ID].Train[r]
	}
	c.steps = append(c.steps, Step{Round: c.round, Client: c.ID, Stage: stage, Step: step, Rows: own})
}

// Stream is a random stream of the client's own in this round.
func (c *Client) Stream(p seed.Purpose, at ...uint64) *rand.Rand {
	return c.home.Seed.Stream(p, append([]uint64{uint64(c.round), uint64(c.ID)}, at...)...)
}

// Progress is the share of the run's rounds that are over, in [0,1). It is 0 in extra rounds, and outside of a run.
func (c *Client) Progress() float64 {
	if c.round >= c.rounds {
		return 0
	}
	return float64(c.round) / float64(c.rounds)
}

// Observe adds one value to a diagnostic that the round averages. NaN makes no difference.
func (c *Client) Observe(name string, value float64) {
	m := c.observed[name]
	if !math.IsNaN(value) {
		m = m.plus(Meter{value, 1})
	}
	c.observed[name] = m
}

// Fail ends the client's work with an error, unless something went wrong before.
func (c *Client) Fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// failed is Fail, and reports whether anything has gone wrong.
func (c *Client) failed(err error) bool {
	if err != nil {
		c.Fail(err)
	}
	return c.err != nil
}

// value observes a loss and makes its first non-finite value an error.
func (c *Client) value(name string, value float64) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		c.Fail(fmt.Errorf("step %d: %s is %v; lower the learning rate", c.pass.step+1, name, value))
	}
	c.Observe(name, value)
}

func (c *Client) finite(v []float32) bool {
	if c.err == nil && !f32.Finite(v) {
		c.Fail(errors.New("the parameters are not finite; lower the learning rate"))
	}
	return c.err == nil
}

// close ends a stage: what the loss remembers is kept, the answer is checked, and all vectors but the answer's are
// given back. Answers may wait long for their turn.
func (c *Client) close(answer Message) {
	if c.loss != nil {
		c.loss.keep(c)
	}
	for _, name := range slices.Sorted(maps.Keys(answer)) {
		c.finite(answer[name])
	}
	var free, answered [][]float32
	for _, v := range c.lent {
		if answer.holds(v) {
			answered = append(answered, v)
		} else {
			free = append(free, v)
		}
	}
	c.home.recycle(free)
	c.lent = answered
}

// Release gives back the vectors that the client handed out.
func (c *Client) Release() {
	c.home.recycle(c.lent)
	c.lent = nil
}

// Err is the first thing that went wrong.
func (c *Client) Err() error { return c.err }
