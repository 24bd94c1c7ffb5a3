package fed

import (
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
)

// Batch is a mini-batch of B samples of one client. It has one dropout mask, whatever parameters it is run with.
type Batch struct {
	X      f32.Matrix // features (B,D)
	Y      []int32    // labels in [0,C)
	client *Client
	at     []int // positions in the client's training data
	mask   *peft.Drop
	from   f32.Mark // of what is made from it
}

// Anew gives back all that was made from the batch: memory for the next of many steps on it.
func (b *Batch) Anew() {
	b.client.batchMemory.Release(b.from)
	b.client.pass.gradients.used, b.client.pass.heads.used = 0, 0
}

// Point is the module on a batch at some parameters, as training runs it: with dropout, if the module has it.
type Point struct {
	Run    peft.Run
	Logits f32.Matrix // (B,C)
	batch  *Batch
	head   peft.Module // of a point of the classifier alone; nil: the module is run
}

// At runs the module at phi, which must stay as it is for as long as the point is used.
func (b *Batch) At(phi []float32) *Point {
	m := b.client.batchMemory
	run := b.client.home.Module.At(m, phi).Forward(m, b.X, b.drop())
	return &Point{Run: run, Logits: run.Logits(), batch: b}
}

// Head runs the classifier of a module that has a trainable one (peft.Headed) at other parameters h, packed, on the
// point's adapted features. These stand still: gradients are h's alone.
func (p *Point) Head(h []float32) *Point {
	m, head := p.batch.client.batchMemory, p.batch.client.home.Module.(peft.Headed).Classifier()
	run := head.At(m, h).Forward(m, p.Run.(peft.Featured).Feature(), nil)
	return &Point{Run: run, Logits: run.Logits(), batch: p.batch, head: head}
}

// Task is the gradient of the run's task loss, which is observed as loss_task.
func (p *Point) Task() *train.Gradient {
	return p.Gradient("loss_task", func(delta f32.Matrix) float64 { return p.batch.Loss(delta, p.Logits) })
}

// Gradient is the gradient of a loss on the logits. The loss writes δ = ∂L/∂ℓ and returns its value, which is observed
// under a name, and must be finite. Gradients of a batch are different ones, however often it is called.
func (p *Point) Gradient(name string, loss func(delta f32.Matrix) float64) *train.Gradient {
	delta := p.batch.client.batchMemory.Matrix(p.Logits.Rows, p.Logits.Cols)
	p.batch.client.value(name, loss(delta))
	return p.Back(delta)
}

// Back is the gradient for δ = ∂L/∂ℓ.
func (p *Point) Back(delta f32.Matrix) *train.Gradient {
	c := p.batch.client
	var g *train.Gradient
	if p.head != nil {
		g = c.pass.heads.next(p.head.Layout(), nil, c.memory)
	} else {
		g = c.pass.gradients.next(c.home.Module.Layout(), c.pass.layout, c.memory)
	}
	g.Backward(c.batchMemory, p.Run, delta)
	return g
}

// Loss is the run's task loss of logits ℓ; it writes δ = ∂L/∂ℓ.
func (b *Batch) Loss(delta, logits f32.Matrix) float64 { return b.client.task()(delta, logits, b.Y) }

// drop is the seed of the batch's dropout mask; nil if the module does not drop.
func (b *Batch) drop() *peft.Drop {
	d, ok := b.client.home.Module.(peft.Dropper)
	if !ok || !d.Drops() {
		return nil
	}
	if b.mask == nil {
		c := b.client
		at := []uint64{uint64(c.round), uint64(c.ID), c.pass.Stage, uint64(c.pass.step)}
		key := peft.Drop(c.home.Seed.Key(seed.Dropout, at...))
		b.mask = &key
	}
	return b.mask
}
