package weights

import (
	"cmp"
	"fmt"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/safetensors"
)

// checkpoints are the files of weights that may lie beside networks, as the libraries call them.
var checkpoints = []string{"model.safetensors", "open_clip_model.safetensors", "open_clip_pytorch_model.safetensors"}

// maxBlocks bounds the blocks of a tower; the largest published have 56.
const maxBlocks = 512

// checkpoint is a tower in a file of weights by name. It remembers the first thing that goes wrong.
type checkpoint struct {
	*file
	*safetensors.Index
	naming
	model       *models.Model
	name, tower string // of the file; image or text
	err         error
}

// beside opens the checkpoint that has a tower whose network was not recognised; unknown says why. Without a checkpoint
// the tower is refused, with what would help.
func (t *tower) beside(unknown error) (*checkpoint, error) {
	m := t.model
	help := "with the checkpoint " + checkpoints[0] + " of the same model beside it, weights are read from there"
	for _, name := range checkpoints {
		f, err := openFile(m.Folder, name)
		if fault.KindOf(err) == fault.Missing && err != nil {
			continue
		}
		var index *safetensors.Index
		if err == nil {
			if index, err = safetensors.OpenIndex(f, f.size); err != nil {
				_ = f.File.Close() // read-only
				err = fault.Corruptf("weights: %s of %s: %w", name, m.Folder, err)
			}
		}
		if err != nil {
			return nil, err
		}
		for _, n := range namings {
			if _, there := index.Shape(n.first(t.name)); there {
				return &checkpoint{f, index, n, m, name, t.name, nil}, nil
			}
		}
		_ = f.File.Close() // read-only
		help = name + " beside it has no such tower by the names of transformers or open_clip"
	}
	return nil, fault.Usagef("weights: the %s tower in %s of %s has no form that is known: %w; looked for were "+
		"transformer blocks x + W attention(LN x), x + MLP(LN x) with frozen weights; %s",
		t.name, t.of.File, m.Folder, unknown, help)
}

func (c *checkpoint) close() { _ = c.File.Close() } // read-only

func (c *checkpoint) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fault.Corruptf("weights: %s of %s: %w", c.name, c.model.Folder, fmt.Errorf(format, args...))
	}
}

// matrix reads a matrix; leading extents of one are left out.
func (c *checkpoint) matrix(name string) (m f32.Matrix) {
	if c.err != nil {
		return m
	}
	shape, there := c.Shape(name)
	for len(shape) > 2 && shape[0] == 1 {
		shape = shape[1:]
	}
	if there && (len(shape) != 2 || shape[0] < 1 || shape[1] < 1) {
		c.fail("tensor %q has the shape %v, and should be a matrix", name, shape)
		return m
	}
	values, err := c.Floats(name)
	if err != nil {
		c.fail("%w", err)
		return m
	}
	return f32.Of(shape[0], shape[1], values)
}

// sized reads a matrix of so many rows and columns; zero is any number.
func (c *checkpoint) sized(name string, rows, cols int) f32.Matrix {
	m := c.matrix(name)
	if c.err == nil && (rows > 0 && m.Rows != rows || cols > 0 && m.Cols != cols) {
		c.fail("tensor %q is (%d,%d), and (%d,%d) belongs there (0: any number)", name, m.Rows, m.Cols, rows, cols)
	}
	return m
}

// vector reads a vector of a length.
func (c *checkpoint) vector(name string, length int) []float32 {
	if c.err != nil {
		return nil
	}
	v, err := c.Floats(name)
	switch {
	case err != nil:
		c.fail("%w", err)
	case len(v) != length:
		c.fail("tensor %q has %d values, and stands where %d belong", name, len(v), length)
	}
	return v
}

// norm reads γ and β of so many columns.
func (c *checkpoint) norm(name string, width int) encoder.Norm {
	n := encoder.Norm{Gain: c.vector(name+".weight", width), Shift: c.vector(name+".bias", width)}
	n.Eps = float64(float32(cmp.Or(configured(c.model, c.tower).Eps, 1e-5))) // as kernels and networks have it
	if !(n.Eps > 0 && n.Eps < 1) {
		c.fail("by the model's configuration a layer normalisation has ε = %v", n.Eps)
	}
	return n
}

// linear reads W (rows,cols) and b.
func (c *checkpoint) linear(name string, rows, cols int) (m encoder.Map) {
	m.W = c.sized(name+".weight", rows, cols)
	m.B = c.vector(name+".bias", m.W.Rows)
	return m
}

// prefix is what the names in the block of a number begin with.
func (c *checkpoint) prefix(block int) string {
	return fmt.Sprintf(c.naming.tower(c.tower).blocks, block)
}

// block reads the block of a number.
func (c *checkpoint) block(i, width int) (w encoder.Weights) {
	at, of := c.prefix(i), c.naming.block
	w = encoder.Weights{
		Norm1: c.norm(at+of.norm1, width), Norm2: c.norm(at+of.norm2, width),
		Out: c.linear(at+of.out, width, width), Up: c.linear(at+of.up, 0, width),
	}
	w.Down = c.linear(at+of.down, width, w.Up.W.Rows)
	if of.packed == "" {
		w.Query, w.Key = c.linear(at+of.query, width, width), c.linear(at+of.key, width, width)
		w.Value = c.linear(at+of.value, width, width)
		return w
	}
	all := encoder.Map{W: c.sized(at+of.packed+"weight", 3*width, width), B: c.vector(at+of.packed+"bias", 3*width)}
	if c.err == nil {
		w.Query, w.Key, w.Value = thirds(all)
	}
	return w
}

// blocks are how many the tower has.
func (c *checkpoint) blocks() (n int) {
	for there := true; there && n < maxBlocks; n++ {
		_, there = c.Shape(c.prefix(n+1) + c.naming.block.norm1 + ".weight")
	}
	return n
}

// last reads so many blocks and what follows them.
func (c *checkpoint) last(n, width int) (blocks []encoder.Weights, final encoder.Norm, projection encoder.Map) {
	names, all := c.naming.tower(c.tower), c.blocks()
	for i := all - n; i < all && c.err == nil; i++ {
		blocks = append(blocks, c.block(i, width))
	}
	final = c.norm(names.final, width)
	name := names.projection
	if _, there := c.Shape(name); !there && c.turned { // open_clip has a linear layer there, too
		projection.W = c.sized(name+".weight", 0, width)
		if _, biased := c.Shape(name + ".bias"); biased {
			projection.B = c.vector(name+".bias", projection.W.Rows)
		}
	} else if projection.W = c.matrix(name); c.turned {
		projection.W = transposed(projection.W)
	}
	if c.err == nil && projection.W.Cols != width {
		c.fail("the projection reads %d columns, and the blocks are %d wide", projection.W.Cols, width)
	}
	return blocks, final, projection
}

// activation is that of the MLPs, by the model's configuration; transformers' default is quick-GELU.
func (c *checkpoint) activation() encoder.Activation {
	switch name := configured(c.model, c.tower).Activation; name {
	case "", "quick_gelu":
	case "gelu":
		return encoder.Gelu
	default:
		c.fail("by the model's configuration the blocks have the activation %q, neither quick-GELU nor GELU", name)
	}
	return encoder.QuickGelu
}

// heads are those of its attention.
func (c *checkpoint) heads(width int) int {
	n, err := configured(c.model, c.tower).heads(width)
	if err != nil {
		c.fail("%w", err)
	}
	return n
}
