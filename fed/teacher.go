package fed

import "github.com/fedpurel/fedpurel/train/f32"

// teacherFloats bounds the zero-shot logits that are kept for all training data: 512 MiB.
var teacherFloats = 1 << 27

// teacherRows are computed at a time; of wide rows, as tokens are, fewer.
const (
	teacherRows   = 256
	teacherFewest = 32
	teacherValues = 1 << 22
)

// Teacher returns the zero-shot logits (B,C). The encoder is frozen, so that they are computed once per sample and
// kept, unless the training data is too large for that.
func (b *Batch) Teacher() f32.Matrix {
	c := b.client
	h, classes := c.home, c.home.Head.Text.Rows
	if h.teachers == nil || h.Views != nil { // a view has logits of its own
		return h.Head.ZeroShot(c.batchMemory, b.X)
	}
	z := c.batchMemory.Matrix(b.X.Rows, classes)
	if h.teachers[c.ID] == nil {
		if c.failed(c.teach()) {
			clear(z.Data)
			return z
		}
	}
	for i, at := range b.at {
		copy(z.Row(i), h.teachers[c.ID][at*classes:])
	}
	return z
}

// teach computes the zero-shot logits of all the client's training samples.
func (c *Client) teach() error {
	h, rows := c.home, c.home.Shards[c.ID].Train
	all := make([]float32, 0, len(rows)*h.Head.Text.Rows)
	most := max(min(teacherRows, teacherValues/h.Train.Dim()), teacherFewest)
	for len(rows) > 0 {
		x := f32.New(min(most, len(rows)), h.Train.Dim())
		if err := h.Train.Gather(x, rows[:x.Rows]); err != nil {
			return err
		}
		all = append(all, h.Head.ZeroShot(nil, x).Data...)
		rows = rows[x.Rows:]
	}
	h.teachers[c.ID] = all
	return nil
}
