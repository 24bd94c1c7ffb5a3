// Package weights finds the frozen weights of a dual encoder's towers in the ONNX files that users have, by their place
// in the network, whatever they are called: for what is trained inside the encoder. It needs no ONNX Runtime.
//
// Text has a whole text tower, Vision the last blocks of an image tower and the value of the network that goes into
// them. Where a network is not recognised, weights are read from the checkpoint beside it, model.safetensors, by the
// names that the libraries transformers and open_clip give them; an image network must then at least have the layer
// normalisations that its first block and the first wanted one begin with. What is left is refused, as are weights of
// 8 bits. That the right ones were found is for the caller to see: the towers must give the embeddings that ONNX
// Runtime gives.
package weights

import (
	"fmt"
	"slices"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Text reads the weights of a model's text tower, in which a token sees those before it, as CLIP's do.
func Text(m *models.Model) (w encoder.TextWeights, err error) {
	switch {
	case m.Text == nil:
		return w, fault.Usagef("weights: %s has no text tower", m.Folder)
	case m.Family == models.SigLIP:
		return w, fault.Usagef("weights: the text tower of %s looks at whole texts: prompts need one in which a token "+
			"sees those before it, as CLIP's", m.Folder)
	}
	t, err := open(m, m.Text, "text")
	if err != nil {
		return w, err
	}
	tokens, positions, unknown := t.findText()
	if unknown == nil {
		return t.text(tokens, positions)
	}
	c, err := t.beside(unknown)
	if err != nil {
		return w, err
	}
	defer c.close()
	return c.text()
}

// findText walks the network of a text tower.
func (t *tower) findText() (tokens, positions array, err error) {
	if err = t.find(); err == nil {
		tokens, positions, err = t.embeddings()
	}
	return tokens, positions, err
}

// text reads what was found.
func (t *tower) text(tokens, positions array) (encoder.TextWeights, error) {
	r, width := t.reader(), t.width()
	defer r.close()
	w := encoder.TextWeights{Tokens: r.matrix(tokens), Positions: r.flat(positions, width), Heads: t.heads}
	if r.err == nil && w.Tokens.Cols != width {
		r.fail("token embeddings have %d columns, and the blocks are %d wide", w.Tokens.Cols, width)
	}
	w.Blocks, w.Activation = r.blocks(t.blocks, width)
	w.Final, w.Projection = r.end(t)
	return w, r.err
}

// text reads a text tower by its names.
func (c *checkpoint) text() (w encoder.TextWeights, err error) {
	w.Tokens = c.matrix(c.naming.text.tokens)
	width := w.Tokens.Cols
	w.Positions, w.Heads, w.Activation = c.sized(c.naming.text.positions, 0, width), c.heads(width), c.activation()
	w.Blocks, w.Final, w.Projection = c.last(c.blocks(), width)
	return w, c.err
}

// blocks reads all of them.
func (r *reader) blocks(all []block, width int) (w []encoder.Weights, act encoder.Activation) {
	for _, b := range all {
		if w = append(w, r.weights(b, width)); r.err != nil {
			break
		}
		if act = b.activation; act != all[0].activation {
			r.fail("its blocks have different activations")
		}
	}
	return w, act
}

// end reads what follows the last block.
func (r *reader) end(t *tower) (encoder.Norm, encoder.Map) {
	if r.err == nil && t.projection.width() != t.width() {
		r.fail("the projection reads %d columns, and the blocks are %d wide", t.projection.width(), t.width())
	}
	if r.err != nil {
		return encoder.Norm{}, encoder.Map{}
	}
	return r.norm(t.final, t.width()), r.linear(t.projection)
}

// embeddings are the arrays of tokens and positions, whose sum goes into the first block.
func (t *tower) embeddings() (tokens, positions array, err error) {
	sum := t.from[t.bare(t.blocks[0].in)]
	if sum == nil || sum.Operator != "Add" || len(sum.Inputs) != 2 {
		return tokens, positions, fmt.Errorf("no sum of tokens and positions goes into the first block")
	}
	for i, in := range sum.Inputs {
		gather := t.from[t.bareCast(in)]
		if gather == nil || gather.Operator != "Gather" || len(gather.Inputs) != 2 ||
			!t.reaches(gather.Inputs[1], t.of.Input.Name) {
			continue
		}
		table, fixed := t.fixed(gather.Inputs[0])
		if !fixed || !table.matrix() {
			continue
		}
		if at, fixed := t.cut(sum.Inputs[1-i]); fixed {
			return table, at, nil
		}
	}
	return tokens, positions, fmt.Errorf("tokens and positions are no frozen tables")
}

// reaches says whether a value depends on an input.
func (t *tower) reaches(v, input string) bool {
	if v == input {
		return true
	}
	for of := range t.above(v) {
		if slices.Contains(of.Inputs, input) {
			return true
		}
	}
	return false
}

// cutting operators take the first rows of a table, or shape it.
var cutting = []string{"Slice", "Gather", "Unsqueeze", "Reshape", "Squeeze", "Cast", "Identity", "Expand"}

// cut is the frozen table of which a value is some rows from the first one on, by whichever operator.
func (t *tower) cut(v string) (a array, fixed bool) {
	for range 16 {
		if a, fixed = t.fixed(v); fixed {
			return a, a.Size() > 1
		}
		of := t.from[v]
		if of == nil || len(of.Inputs) == 0 {
			return a, false
		}
		if !slices.Contains(cutting, of.Operator) {
			return a, false
		}
		v = of.Inputs[0]
	}
	return a, false
}
