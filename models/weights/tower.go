package weights

import (
	"fmt"
	"slices"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/graph"
	"github.com/fedpurel/fedpurel/train/fault"
)

// tower is what was found of one tower in its file.
type tower struct {
	*net
	model      *models.Model
	of         *models.Tower
	name       string // image or text
	blocks     []block
	final      norm
	projection linear
	heads      int
}

// eightBit are operators of networks whose weights are kept in 8 bits or fewer.
var eightBit = []string{
	"DynamicQuantizeLinear", "DequantizeLinear", "MatMulInteger", "QLinearMatMul", "MatMulNBits", "QAttention",
	"DynamicQuantizeMatMul", "MatMulIntegerToFloat", "GatherBlockQuantized",
}

// open reads the network of a tower, and does not find anything in it yet.
func open(m *models.Model, of *models.Tower, name string) (*tower, error) {
	f, err := openFile(m.Folder, of.File)
	if err != nil {
		return nil, err
	}
	defer f.File.Close()
	read, err := graph.ReadNetwork(f, f.size)
	if err != nil {
		return nil, fault.Corruptf("weights: read %s of %s: %w", of.File, m.Folder, err)
	}
	t := &tower{net: newNet(read), model: m, of: of, name: name}
	for _, n := range read.Nodes {
		if slices.Contains(eightBit, n.Operator) {
			return nil, fault.Usagef("weights: %s of %s keeps weights in 8 bits or fewer, in which nothing can be "+
				"trained; take the float32 or float16 file, as with --variant fp16", of.File, m.Folder)
		}
	}
	return t, nil
}

// find walks the network.
func (t *tower) find() error {
	all, err := t.attentions(t.above(t.of.Output.Name))
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fmt.Errorf("it has no attention")
	}
	for i, a := range all {
		b, err := t.block(a)
		if err != nil {
			return fmt.Errorf("block %d: %w", i+1, err)
		}
		if i > 0 && t.bare(b.in) != t.bare(t.blocks[i-1].out) {
			return fmt.Errorf("block %d does not follow block %d", i+1, i)
		}
		t.blocks = append(t.blocks, b)
	}
	if err := t.end(); err != nil {
		return err
	}
	return t.count()
}

// end finds projection and final norm, from the output upward.
func (t *tower) end() error {
	out := t.of.Output.Name
	t.up(out, func(of *node) bool {
		l, is := t.linear(of)
		if is {
			t.projection = l
		}
		return is
	})
	last := t.blocks[len(t.blocks)-1]
	if t.projection.out == "" || t.projection.out == last.down.out {
		return fmt.Errorf("no projection stands before its output %q", out)
	}
	t.up(t.projection.in, func(of *node) bool {
		x, is := t.norm(of)
		if is {
			t.final = x
		}
		return is
	})
	if t.final.out == "" || t.final.out == last.norm2.out {
		return fmt.Errorf("no layer normalisation follows the last block")
	}
	return nil
}

// count settles the number of heads.
func (t *tower) count() (err error) {
	t.heads, err = configured(t.model, t.name).heads(t.width(), t.blocks[0].heads, t.shaped())
	return err
}

// width is that of the residual stream.
func (t *tower) width() int { return t.blocks[0].up.width() }

// shaped is the number of heads by the shape that queries are given: (…, heads, d) of a list of extents whose last two
// make the width.
func (t *tower) shaped() (heads int) {
	width := int64(t.width())
	for _, to := range t.reshapes(t.blocks[0].query.out) {
		at, fixed := t.fixed(to.Inputs[1])
		if !fixed {
			continue
		}
		dims := t.small(at)
		if n := len(dims); n >= 3 && dims[n-1] > 0 && width%dims[n-1] == 0 && dims[n-1] < width {
			return int(width / dims[n-1])
		}
	}
	return 0
}

// reshapes are the operators below a value that give it another shape, before anything else is done to it.
func (t *tower) reshapes(v string) (all []*node) {
	t.down(v, func(of *node) bool {
		if of.Operator == "Reshape" && len(of.Inputs) == 2 {
			all = append(all, of)
		}
		return of.Operator == "MatMul" || of.Operator == "Softmax" || len(all) > 2
	})
	return all
}
