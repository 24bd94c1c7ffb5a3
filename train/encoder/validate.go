package encoder

import (
	"fmt"

	"github.com/fedpurel/fedpurel/train/f32"
)

// checker finds the first thing that is wrong with weights that came from a file.
type checker struct{ err error }

func (c *checker) refuse(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("encoder: "+format, args...)
	}
}

func (c *checker) matrix(name string, m f32.Matrix, rows, cols int) {
	if m.Rows != rows || m.Cols != cols {
		c.refuse("%s is %d×%d, not %d×%d", name, m.Rows, m.Cols, rows, cols)
	} else if !f32.Finite(m.Data) {
		c.refuse("%s has values that are not finite", name)
	}
}

func (c *checker) vector(name string, v []float32, n int) {
	if len(v) != n {
		c.refuse("%s has %d values, not %d", name, len(v), n)
	} else if !f32.Finite(v) {
		c.refuse("%s has values that are not finite", name)
	}
}

// linear is that of a map whose bias may be missing.
func (c *checker) linear(name string, m Map, out, in int) {
	c.matrix(name+".weight", m.W, out, in)
	if m.B != nil {
		c.vector(name+".bias", m.B, out)
	}
}

func (c *checker) norm(name string, n Norm, d int) {
	c.vector(name+".weight", n.Gain, d)
	c.vector(name+".bias", n.Shift, d)
	if !(n.Eps > 0 && n.Eps < 1) {
		c.refuse("%s has ε = %v", name, n.Eps)
	}
}

// tower checks what both kinds of towers have.
func (c *checker) tower(blocks []Weights, heads, d int, final Norm, projection Map) {
	if len(blocks) == 0 || heads < 1 || d < 1 || d%heads != 0 {
		c.refuse("%d blocks of width %d with %d heads", len(blocks), d, heads)
	}
	for i, w := range blocks {
		name := func(part string) string { return fmt.Sprintf("block %d: %s", i, part) }
		c.norm(name("norm1"), w.Norm1, d)
		c.linear(name("query"), w.Query, d, d)
		c.linear(name("key"), w.Key, d, d)
		c.linear(name("value"), w.Value, d, d)
		c.linear(name("out"), w.Out, d, d)
		c.norm(name("norm2"), w.Norm2, d)
		c.linear(name("up"), w.Up, w.Up.W.Rows, d)
		c.linear(name("down"), w.Down, d, w.Up.W.Rows)
	}
	c.norm("final norm", final, d)
	c.linear("projection", projection, projection.W.Rows, d)
}

// Validate reports the first shape that does not fit, or value that is not finite.
func (w TextWeights) Validate() error {
	var c checker
	c.tower(w.Blocks, w.Heads, w.Tokens.Cols, w.Final, w.Projection)
	c.matrix("token embedding", w.Tokens, w.Tokens.Rows, w.Tokens.Cols)
	c.matrix("position embedding", w.Positions, w.Positions.Rows, w.Tokens.Cols)
	return c.err
}

// Validate reports the first shape that does not fit, or value that is not finite.
func (w VisionWeights) Validate() error {
	var c checker
	c.tower(w.Blocks, w.Heads, w.Projection.W.Cols, w.Final, w.Projection)
	return c.err
}
