package fed

import (
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Frozen is a model that stands still while a client works, as it is evaluated: without dropout.
type Frozen struct {
	client *Client
	parts  []peft.Predictor
	model  Model
}

// Freeze binds a model once for all batches of a stage. Its parameters must stay as they are.
func (c *Client) Freeze(m Model) *Frozen {
	f := &Frozen{client: c, model: m}
	for _, part := range m {
		phi, err := part.Phi(nil)
		if c.failed(err) {
			return f
		}
		f.parts = append(f.parts, peft.Still(c.memory, c.batchMemory, c.home.Module, phi))
	}
	return f
}

// Predict returns a batch's logits (B,C).
func (f *Frozen) Predict(b *Batch) f32.Matrix {
	c := f.client
	if c.err != nil {
		return f32.Of(b.X.Rows, c.home.Head.Text.Rows, c.batchMemory.Zeros(b.X.Rows*c.home.Head.Text.Rows))
	}
	i := -1
	logits, _ := f.model.Logits(c.batchMemory, func(Part) (f32.Matrix, error) {
		i++
		return f.parts[i].Logits(c.batchMemory, b.X), nil
	}) // parts at hand have no error
	return logits
}
