package graph

import (
	"errors"
	"io"
	"maps"
	"slices"
)

// maxNesting bounds graphs within nodes of graphs.
const maxNesting = 16

// Read reads inputs, outputs, operators and external files. It looks at field headers only, so that the cost does
// not depend on the size of the weights. Numbers are those of onnx.proto3.
func Read(r io.ReaderAt, size int64) (*Graph, error) {
	if size == 0 {
		return nil, errors.New("the file is empty")
	}
	g := &reader{
		proto:    proto{r: r},
		graph:    &Graph{operators: map[string]bool{}},
		external: map[string]bool{},
		weights:  map[string]bool{},
	}
	seen := false
	err := g.each(0, size, func(f field) error {
		if f.number != 7 { // ModelProto.graph
			return nil
		}
		seen = true
		return g.network(f, 0)
	})
	if err != nil {
		return nil, err
	}
	if !seen {
		return nil, errors.New("it holds no graph")
	}
	// Old files list weights among the inputs.
	g.graph.Inputs = slices.DeleteFunc(g.graph.Inputs, func(v Value) bool { return g.weights[v.Name] })
	g.graph.External = slices.Sorted(maps.Keys(g.external))
	return g.graph, nil
}

type reader struct {
	proto
	graph    *Graph
	external map[string]bool
	weights  map[string]bool
}

// network reads a GraphProto; only the outermost one's inputs and outputs count.
func (g *reader) network(f field, depth int) error {
	if depth > maxNesting {
		return errProto
	}
	return g.inside(f, func(f field) error {
		switch f.number {
		case 1:
			return g.node(f, depth)
		case 5:
			return g.tensor(f)
		case 15:
			return g.sparse(f)
		case 11, 12:
			if depth > 0 {
				return nil
			}
			v, err := g.value(f)
			if f.number == 11 {
				g.graph.Inputs = append(g.graph.Inputs, v)
			} else {
				g.graph.Outputs = append(g.graph.Outputs, v)
			}
			return err
		}
		return nil
	})
}

// node reads a NodeProto: its operator, and tensors and graphs in its attributes.
func (g *reader) node(f field, depth int) error {
	return g.inside(f, func(f field) error {
		switch f.number {
		case 4:
			op, err := g.text(f)
			g.graph.operators[op] = true
			return err
		case 5: // AttributeProto
			return g.inside(f, func(f field) error {
				switch f.number {
				case 5, 10:
					return g.tensor(f)
				case 6, 11:
					return g.network(f, depth+1)
				case 22, 23:
					return g.sparse(f)
				}
				return nil
			})
		}
		return nil
	})
}

func (g *reader) sparse(f field) error {
	return g.inside(f, func(f field) error {
		if f.number == 1 || f.number == 2 { // values, indices
			return g.tensor(f)
		}
		return nil
	})
}

// tensor reads the name of a TensorProto and where its data lies, if elsewhere.
func (g *reader) tensor(f field) error {
	return g.inside(f, func(f field) error {
		switch f.number {
		case 8:
			name, err := g.text(f)
			g.weights[name] = true
			return err
		case 13: // StringStringEntryProto: key, value
			var pair [3]string
			err := g.inside(f, func(f field) error {
				if f.number > 2 {
					return nil
				}
				var err error
				pair[f.number], err = g.text(f)
				return err
			})
			if err == nil && pair[1] == "location" {
				g.external[pair[2]] = true
			}
			return err
		}
		return nil
	})
}

// value reads a ValueInfoProto: name, then type.tensor_type of element type and shape.
func (g *reader) value(f field) (v Value, err error) {
	shape := func(f field) error { // TensorShapeProto: one field 1 for each dimension
		v.Dims = []int64{}
		return g.inside(f, func(f field) error {
			if f.number != 1 {
				return nil
			}
			if len(v.Dims) == 16 {
				return errProto
			}
			extent := int64(-1)
			err := g.inside(f, func(f field) error {
				switch {
				case f.number == 1 && int64(f.value) > 0:
					extent = int64(f.value)
				case f.number == 2 && len(v.Dims) == 0:
					v.Batch, err = g.text(f)
				}
				return err
			})
			v.Dims = append(v.Dims, extent)
			return err
		})
	}
	err = g.inside(f, func(f field) error {
		switch f.number {
		case 1:
			var err error
			v.Name, err = g.text(f)
			return err
		case 2: // TypeProto
			return g.inside(f, func(f field) error {
				if f.number != 1 { // no tensor
					return nil
				}
				return g.inside(f, func(f field) error {
					switch f.number {
					case 1:
						v.Type = Type(f.value)
					case 2:
						return shape(f)
					}
					return nil
				})
			})
		}
		return nil
	})
	return v, err
}
