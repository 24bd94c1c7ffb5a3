package weights

import (
	"fmt"

	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
)

// check reports weights that do not fit each other, before they are read.
func (b block) check(width int) error {
	square := []linear{b.over}
	if b.packed {
		if b.query.width() != width || b.query.height() != 3*width {
			return fmt.Errorf("a packed map of queries, keys and values is (%d,%d), and the stream is %d wide",
				b.query.height(), b.query.width(), width)
		}
	} else {
		square = append(square, b.query, b.key, b.value)
	}
	for _, l := range square {
		if l.width() != width || l.height() != width {
			return fmt.Errorf("a map of the attention is (%d,%d), and the stream is %d wide",
				l.height(), l.width(), width)
		}
	}
	if b.up.width() != width || b.down.height() != width || b.up.height() != b.down.width() {
		return fmt.Errorf("the MLP is (%d,%d) and (%d,%d), and the stream is %d wide",
			b.up.height(), b.up.width(), b.down.height(), b.down.width(), width)
	}
	return nil
}

// weights reads those of a block.
func (r *reader) weights(b block, width int) (w encoder.Weights) {
	if r.err == nil {
		r.err = b.check(width)
	}
	if r.err != nil {
		return w
	}
	w = encoder.Weights{
		Norm1: r.norm(b.norm1, width), Norm2: r.norm(b.norm2, width),
		Out: r.linear(b.over), Up: r.linear(b.up), Down: r.linear(b.down),
	}
	if !b.packed {
		w.Query, w.Key, w.Value = r.linear(b.query), r.linear(b.key), r.linear(b.value)
		return w
	}
	all := r.linear(b.query)
	if r.err != nil {
		return w
	}
	w.Query, w.Key, w.Value = thirds(all)
	return w
}

// thirds are the maps that one of (3D,D) packs.
func thirds(all encoder.Map) (query, key, value encoder.Map) {
	width := all.W.Cols
	for i, to := range []*encoder.Map{&query, &key, &value} {
		to.W = f32.Of(width, width, all.W.Data[i*width*width:(i+1)*width*width])
		if all.B != nil {
			to.B = all.B[i*width : (i+1)*width]
		}
	}
	return query, key, value
}
