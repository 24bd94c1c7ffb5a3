package weights

import "github.com/fedpurel/fedpurel/models/graph"

// array is a frozen array of the file, as it is or turned.
type array struct {
	graph.Tensor
	turned bool // a matrix, transposed
}

// rows and cols are a matrix's extents, of a vector one row.
func (a array) rows() int { r, _ := a.extents(); return r }
func (a array) cols() int { _, c := a.extents(); return c }

func (a array) extents() (rows, cols int) {
	dims := a.Dims
	for len(dims) > 2 && dims[0] == 1 {
		dims = dims[1:]
	}
	switch len(dims) {
	case 1:
		return 1, int(dims[0])
	case 2:
		rows, cols = int(dims[0]), int(dims[1])
	}
	if a.turned {
		rows, cols = cols, rows
	}
	return rows, cols
}

// matrix and vector tell what an array is.
func (a array) matrix() bool { return len(a.Dims) == 2 }
func (a array) vector() bool { return len(a.Dims) == 1 && a.Size() > 1 }

// fixed is the frozen array that a value is: a weight or a constant, through operators that keep its numbers.
func (n *net) fixed(v string) (a array, is bool) {
	turned := false
	for range 16 {
		if t, is := n.Weights[v]; is {
			return array{t, turned}, true
		}
		of := n.from[v]
		if of == nil {
			return a, false
		}
		switch of.Operator {
		case "Constant":
			if t := of.Attributes["value"].Tensor; t != nil {
				return array{*t, turned}, true
			}
			return a, len(of.Attributes) > 0 // a number, or a list
		case "Identity", "Cast":
		case "Transpose":
			if perm := of.Attributes["perm"].Ints; len(perm) != 0 && len(perm) != 2 {
				return a, false
			}
			turned = !turned
		default:
			return a, false
		}
		if len(of.Inputs) == 0 {
			return a, false
		}
		v = of.Inputs[0]
	}
	return a, false
}
