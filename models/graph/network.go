package graph

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// Network is the whole of a file's outermost graph: its operators in their order, and where its weights lie.
type Network struct {
	Graph
	Nodes   []Node
	Weights map[string]Tensor
}

// Node is an operator. An output or input that is left out is empty.
type Node struct {
	Operator, Domain string
	Inputs, Outputs  []string
	// Captured are the values that graphs in the node's attributes name, those of these graphs' own among them.
	Captured   []string
	Attributes map[string]Setting
}

// Setting is the value of an attribute, of whichever kind it is.
type Setting struct {
	Int    int64
	Float  float32
	Ints   []int64
	Tensor *Tensor
}

// Int is a whole number that an attribute holds, or otherwise where there is none of the name.
func (n Node) Int(name string, otherwise int64) int64 {
	if a, ok := n.Attributes[name]; ok {
		return a.Int
	}
	return otherwise
}

// Float is a number that an attribute holds, or otherwise where there is none of the name.
func (n Node) Float(name string, otherwise float32) float32 {
	if a, ok := n.Attributes[name]; ok {
		return a.Float
	}
	return otherwise
}

// maxNodes bounds what is kept of a file: far above any encoder's operators.
const maxNodes = 1 << 20

// ReadNetwork reads what Read does, and operators, attributes and places of weights, but not the weights.
func ReadNetwork(r io.ReaderAt, size int64) (*Network, error) {
	g, err := Read(r, size)
	if err != nil {
		return nil, err
	}
	n := &network{proto: proto{r: r}, Network: &Network{Graph: *g, Weights: map[string]Tensor{}}}
	err = n.each(0, size, func(f field) error {
		if f.number != 7 {
			return nil
		}
		return n.inside(f, func(f field) error {
			switch f.number {
			case 1:
				node, err := n.node(f)
				if n.Nodes = append(n.Nodes, node); len(n.Nodes) > maxNodes {
					return errProto
				}
				return err
			case 5:
				name, t, err := n.tensor(f)
				n.Weights[name] = t
				return err
			}
			return nil
		})
	})
	return n.Network, err
}

type network struct {
	proto
	*Network
}

func (n *network) node(f field) (node Node, err error) {
	node.Attributes = map[string]Setting{}
	err = n.inside(f, func(f field) error {
		var err error
		switch f.number {
		case 1, 2, 4, 7:
			var text string
			if text, err = n.text(f); err != nil {
				return err
			}
			switch f.number {
			case 1:
				node.Inputs = append(node.Inputs, text)
			case 2:
				node.Outputs = append(node.Outputs, text)
			case 4:
				node.Operator = text
			case 7:
				node.Domain = text
			}
		case 5:
			err = n.attribute(f, &node)
		}
		return err
	})
	return node, err
}

// attribute reads an AttributeProto.
func (n *network) attribute(f field, to *Node) error {
	name, s := "", Setting{}
	err := n.inside(f, func(f field) (err error) {
		switch f.number {
		case 1:
			name, err = n.text(f)
		case 2:
			s.Float, err = n.float(f)
		case 3:
			s.Int = int64(f.value)
		case 5:
			var t Tensor
			_, t, err = n.tensor(f)
			s.Tensor = &t
		case 6, 11:
			err = n.captured(f, to)
		case 8:
			err = n.numbers(f, &s.Ints)
		}
		return err
	})
	to.Attributes[name] = s
	return err
}

// float reads a number of four bytes.
func (n *network) float(f field) (float32, error) {
	var b [4]byte
	if f.delimited || f.length != 4 {
		return 0, errProto
	}
	if _, err := n.r.ReadAt(b[:], f.pos); err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	return math.Float32frombits(binary.LittleEndian.Uint32(b[:])), nil
}

// maxList bounds lists of whole numbers, which are axes, extents and the like.
const maxList = 1 << 16

// numbers reads whole numbers, one or a packed list.
func (n *network) numbers(f field, to *[]int64) error {
	if !f.delimited {
		*to = append(*to, int64(f.value))
	} else {
		for pos := f.pos; pos < f.end(); {
			v, length, err := n.varint(pos, f.end())
			if err != nil {
				return err
			}
			*to = append(*to, int64(v))
			if pos += length; len(*to) > maxList {
				return errProto
			}
		}
	}
	if len(*to) > maxList {
		return errProto
	}
	return nil
}

// captured notes the names that the nodes of an inner graph take in. Read has bounded how deep graphs lie.
func (n *network) captured(f field, to *Node) error {
	return n.inside(f, func(f field) error {
		if f.number != 1 {
			return nil
		}
		inner, err := n.node(f)
		if err == nil {
			to.Captured = append(append(to.Captured, inner.Inputs...), inner.Captured...)
		}
		return err
	})
}
