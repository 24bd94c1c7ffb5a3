package weights

import (
	"cmp"
	"math"
	"slices"
	"strings"

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
	unknown := t.find()
	if unknown == nil {
		return t.image(blocks)
	}
	c, err := t.beside(unknown)
	if err != nil {
		return w, err
	}
	defer c.close()
	return c.image(t, blocks)
}

// wanted is the number of blocks out of all of them.
func wanted(m *models.Model, blocks, all int) (int, error) {
	if blocks > all {
		return 0, fault.Usagef("weights: the image tower of %s has %d blocks, and not %d", m.Folder, all, blocks)
	}
	if blocks < 1 {
		blocks = all
	}
	return blocks, nil
}

// image reads the last blocks of those that were found.
func (t *tower) image(blocks int) (w Image, err error) {
	w.All, w.Width = len(t.blocks), t.width()
	if blocks, err = wanted(t.model, blocks, w.All); err != nil {
		return w, err
	}
	last, first := t.blocks[w.All-blocks:], t.blocks[0].in
	w.Tap = Tap{t.of.File, last[0].in, t.tokensFirst(first)}
	w.Length = t.length(first, w.Width)
	r := t.reader()
	defer r.close()
	w.Heads = t.heads
	w.Blocks, w.Activation = r.blocks(last, w.Width)
	w.Final, w.Projection = r.end(t)
	return w, r.err
}

// image reads the last blocks by their names. Where they begin in the network, their first layer normalisation shows.
func (c *checkpoint) image(t *tower, blocks int) (w Image, err error) {
	positions := c.matrix(c.naming.image.positions)
	w.All, w.Width, w.Length = c.blocks(), positions.Cols, positions.Rows
	if blocks, err = wanted(c.model, blocks, w.All); err != nil || c.err != nil {
		return w, cmp.Or(c.err, err)
	}
	w.Heads, w.Activation = c.heads(w.Width), c.activation()
	w.Blocks, w.Final, w.Projection = c.last(blocks, w.Width)
	first := c.norm(c.prefix(0)+c.naming.block.norm1, w.Width)
	if c.err != nil {
		return w, c.err
	}
	in, tapped := t.before(first), t.before(w.Blocks[0].Norm1)
	if in == "" || tapped == "" {
		return w, fault.Usagef("weights: no layer normalisation in %s of %s has the weights that a block in its %s "+
			"begins with: are they of one model?", t.of.File, c.model.Folder, c.name)
	}
	w.Tap = Tap{t.of.File, tapped, t.tokensFirst(in)}
	return w, nil
}

// before is the value that goes into the layer normalisation with given weights, as they are after rounding to float16;
// "" if there is none.
func (t *tower) before(want encoder.Norm) string {
	for _, of := range t.nodes {
		x, is := t.norm(of)
		if is && t.same(x.gain, want.Gain) && t.same(x.shift, want.Shift) && !strings.HasPrefix(x.in, "\x00") {
			return x.in
		}
	}
	return ""
}

// same says whether an array of the network has given values, up to float16's rounding.
func (t *tower) same(a array, want []float32) bool {
	if a.Size() != int64(len(want)) {
		return false
	}
	r := t.reader()
	defer r.close()
	got := r.values(a)
	for i, v := range got {
		if math.Abs(float64(v-want[i])) > 1e-3*math.Abs(float64(want[i]))+1e-6 {
			return false
		}
	}
	return r.err == nil
}

// tokensFirst says whether images and tokens change places before the value that goes into the first block.
func (t *tower) tokensFirst(v string) bool {
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

// length is the number of tokens, by the table of positions that is added to them before the first block.
func (t *tower) length(first string, columns int) (n int) {
	width := int64(columns)
	t.up(first, func(of *node) bool {
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
