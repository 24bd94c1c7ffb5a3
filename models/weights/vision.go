package weights

import (
	"slices"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Image is the end of an image tower.
type Image struct {
	encoder.VisionWeights
	Tap    Tap
	All    int // blocks that the tower has
	Length int // tokens of an image; 0 if the file does not say
	Width  int // of a token
}

// Tap is the value of a network that goes into the blocks: the residual stream.
type Tap struct {
	File, Value string
	// TokensFirst: the value is (tokens,images,width), as open_clip has it, and not (images,tokens,width).
	TokensFirst bool
}

// Vision reads the last blocks of a model's image tower, so many of them or all that there are, if blocks is below 1,
// and what follows them.
func Vision(m *models.Model, blocks int) (w Image, err error) {
	if m.Projection != "" {
		return w, fault.Usagef("weights: features of %s come before its projection, without which nothing inside its "+
			"image tower is trained; leave --pre-projection out", m.Folder)
	}
	t, err := open(m, m.Vision, "image")
	if err != nil {
		return w, err
	}
	w.All, w.Width = len(t.blocks), t.width()
	if blocks > w.All {
		return w, fault.Usagef("weights: the image tower of %s has %d blocks, and not %d", m.Folder, w.All, blocks)
	}
	if blocks < 1 {
		blocks = w.All
	}
	last := t.blocks[w.All-blocks:]
	w.Tap = Tap{m.Vision.File, last[0].in, t.tokensFirst()}
	w.Length = t.length()
	r := t.reader()
	defer r.close()
	w.Heads = t.heads
	w.Blocks, w.Activation = r.blocks(last, w.Width)
	w.Final, w.Projection = r.end(t)
	return w, r.err
}

// tokensFirst says whether images and tokens change places before the first block.
func (t *tower) tokensFirst() bool {
	v := t.blocks[0].in
	for range 8 {
		of := t.from[v]
		if of == nil || len(of.Inputs) == 0 || !slices.Contains(shaping, of.Operator) {
			return false
		}
		if of.Operator == "Transpose" && slices.Equal(of.Attributes["perm"].Ints, []int64{1, 0, 2}) {
			return true
		}
		v = of.Inputs[0]
	}
	return false
}

// length is the number of tokens, by the table of positions that is added to them.
func (t *tower) length() (n int) {
	width := int64(t.width())
	t.up(t.blocks[0].in, func(of *node) bool {
		if of.Operator != "Add" {
			return false
		}
		for _, in := range of.Inputs {
			if a, fixed := t.cut(in); fixed && len(a.Dims) >= 2 && a.Dims[len(a.Dims)-1] == width {
				n = int(a.Size() / width)
			}
		}
		return n > 1
	})
	return n
}

// flat reads a table whose rows have so many columns, whatever its leading extents of one.
func (r *reader) flat(a array, width int) f32.Matrix {
	if size := a.Size(); r.err == nil && (a.turned || width < 1 || size%int64(width) != 0) {
		r.fail("a table of %v has no rows of %d columns", a.Dims, width)
	}
	values := r.values(a)
	if r.err != nil {
		return f32.Matrix{}
	}
	return f32.Of(len(values)/width, width, values)
}
