package fed

import (
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
)

// teacherFloats bounds the zero-shot logits that are kept for all training data: 512 MiB.
var teacherFloats = 1 << 27

// teacherRows are computed at a time.
const teacherRows = 256

// Teacher returns the zero-shot logits (B,C) of the current batch. The encoder is frozen, so that they are computed once per sample and kept,
// unless the training data is too large for that.
func (c *Client) Teacher(b train.Batch) (f32.Matrix, error) {
	r, classes := c.round, c.round.Head.Text.Rows
	if r.teachers == nil || r.Views != nil { // a view has logits of its own
		return r.Head.ZeroShot(c.Batch, b.X), nil
	}
	if r.teachers[c.ID] == nil {
		if err := c.teach(); err != nil {
			return f32.Matrix{}, err
		}
	}
	z := c.Batch.Matrix(b.X.Rows, classes)
	for i, at := range c.at {
		copy(z.Row(i), r.teachers[c.ID][at*classes:])
	}
	return z, nil
}

// teach computes the zero-shot logits of all the client's training samples.
func (c *Client) teach() error {
	r, rows := c.round, c.round.Shards[c.ID].Train
	all := make([]float32, 0, len(rows)*r.Head.Text.Rows)
	for len(rows) > 0 {
		x := f32.New(min(teacherRows, len(rows)), r.Train.Dim())
		if err := r.Train.Gather(x, rows[:x.Rows]); err != nil {
			return err
		}
		all = append(all, r.Head.ZeroShot(nil, x).Data...)
		rows = rows[x.Rows:]
	}
	r.teachers[c.ID] = all
	return nil
}
