package fed

import (
	"iter"
	"slices"

	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
)

// Batching says how a client's samples form mini-batches.
type Batching struct {
	Size     int  // at least 1
	DropLast bool // leave out the last batch if it is not full, unless it is the only one
}

// Pass is one way through a client's samples.
type Pass struct {
	Stage uint64 // coordinate of the batch order: passes with another number see other batches
	Batching
	Epochs int         // times through the samples; 0 counts as 1
	Only   peft.Layout // the part of the module's layout that is trained; all else stands still. nil: peft.Trained
}

// pass is where a client is in a pass.
type pass struct {
	Pass
	layout    peft.Layout
	gradients pool // of the layout
	heads     pool // of the module's classifier alone
	step      int
}

// pool are gradients that are reused from batch to batch.
type pool struct {
	all  []*train.Gradient
	used int // in this batch
}

// Rule gives the gradient for a step on phi.
type Rule func(phi []float32, b *Batch) *train.Gradient

// Descend performs phi ← optimizer(phi, rule(phi, batch)) on every batch of a pass, in place. What it comes to is
// checked where it is kept or answered.
func (c *Client) Descend(p Pass, phi []float32, optimizer *train.SGDState, rule Rule) {
	for b := range c.Batches(p) {
		if g := rule(phi, b); c.err == nil {
			optimizer.Step(phi, g)
		}
	}
}

// Batches yields the client's training samples in mini-batches, once an epoch, shuffled by (seed, round, client,
// stage), each sample in the view that is drawn for it from the same coordinates, if there are views. Equal passes
// give equal batches. The last batch of an epoch may be smaller, if it is not dropped. A batch, and what was made from
// it, lives until the next one. A client is in one pass at a time. Whatever goes wrong ends the sequence.
func (c *Client) Batches(p Pass) iter.Seq[*Batch] {
	return func(yield func(*Batch) bool) {
		c.enter(p)
		views := c.Stream(seed.ViewOrder, p.Stage)
		most := min(p.Size, c.Size())
		y, rows := make([]int32, most), make([]int, most)
		own, labels := c.home.Shards[c.ID].Train, c.home.Train.Labels()
		for epoch := range max(p.Epochs, 1) {
			for at := range slices.Chunk(c.order(p, epoch), p.Size) {
				if c.failed(c.ctx.Err()) {
					return
				}
				for i, j := range at {
					rows[i] = own[j]
					y[i] = labels[rows[i]]
				}
				c.batchMemory.Reset()
				c.pass.gradients.used, c.pass.heads.used = 0, 0
				b := &Batch{X: c.batchMemory.Matrix(len(at), c.home.Train.Dim()), Y: y[:len(at)], client: c, at: at}
				drawn, err := c.home.gather(b.X, rows[:len(at)], views)
				if c.failed(err) {
					return
				}
				c.record(b, rows[:len(at)], drawn)
				b.from = c.batchMemory.Mark()
				if !yield(b) || c.err != nil {
					return
				}
				c.pass.step++
				if c.home.Stepped != nil {
					c.home.Stepped()
				}
			}
		}
	}
}

// enter begins a pass.
func (c *Client) enter(p Pass) {
	layout := p.Only
	if layout == nil {
		layout = peft.Trained(c.home.Module)
	}
	if !slices.Equal(layout, c.pass.layout) {
		c.pass.gradients = pool{}
	}
	c.pass = pass{Pass: p, layout: layout, gradients: c.pass.gradients, heads: c.pass.heads}
}

// order shuffles the numbers of the client's samples.
func (c *Client) order(p Pass, epoch int) []int {
	at := make([]int, c.Size())
	for i := range at {
		at[i] = i
	}
	coordinates := []uint64{p.Stage}
	if epoch > 0 {
		coordinates = append(coordinates, uint64(epoch))
	}
	c.Stream(seed.Shuffle, coordinates...).Shuffle(len(at), func(i, j int) { at[i], at[j] = at[j], at[i] })
	if p.DropLast && len(at) > p.Size {
		at = at[:len(at)/p.Size*p.Size]
	}
	return at
}

// next returns a gradient that nothing in this batch uses yet.
func (p *pool) next(module, only peft.Layout, memory *f32.Arena) *train.Gradient {
	if p.used == len(p.all) {
		p.all = append(p.all, train.NewGradient(module, only, memory))
	}
	p.used++
	return p.all[p.used-1]
}

// record notes a step for a trace.
func (c *Client) record(b *Batch, rows, views []int) {
	if !c.home.Trace {
		return
	}
	s := Step{
		Round: c.round, Client: c.ID, Stage: c.pass.Stage, Step: c.pass.step, Rows: slices.Clone(rows), Views: views,
	}
	if drop := b.drop(); drop != nil {
		s.Mask = c.home.Module.(peft.Dropper).Mask(len(rows), *drop)
	}
	c.steps = append(c.steps, s)
}
