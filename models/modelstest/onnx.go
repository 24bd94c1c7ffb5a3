package modelstest

import (
	"encoding/binary"
	"math"
)

// message is a protocol buffer message under construction. Field numbers are those of onnx.proto3.
type message []byte

func (m message) number(field int, v int64) message {
	return binary.AppendUvarint(binary.AppendUvarint(m, uint64(field)<<3), uint64(v))
}

func (m message) bytes(field int, v []byte) message {
	m = binary.AppendUvarint(m, uint64(field)<<3|2)
	m = binary.AppendUvarint(m, uint64(len(v)))
	return append(m, v...)
}

func (m message) text(field int, s string) message { return m.bytes(field, []byte(s)) }

// Element types of ONNX.
const (
	Float32 = 1
	Int32   = 6
	Int64   = 7
	Float16 = 10
)

// network is a graph under construction.
type network struct {
	graph    message
	external string // file that takes the weights instead of the network, or ""
	weights  []byte // what goes there
	next     int
}

func (n *network) fresh() string {
	n.next++
	return "v" + string(rune('a'+n.next/26%26)) + string(rune('a'+n.next%26))
}

// op adds a node with one output and returns its name.
func (n *network) op(kind string, inputs []string, attributes ...message) string {
	out := n.fresh()
	n.node(kind, inputs, []string{out}, attributes...)
	return out
}

func (n *network) node(kind string, inputs, outputs []string, attributes ...message) {
	var node message
	for _, in := range inputs {
		node = node.text(1, in)
	}
	for _, out := range outputs {
		node = node.text(2, out)
	}
	node = node.text(4, kind)
	for _, a := range attributes {
		node = node.bytes(5, a)
	}
	n.graph = n.graph.bytes(1, node)
}

// integer and integers are attributes.
func integer(name string, v int64) message {
	return message{}.text(1, name).number(3, v).number(20, 2)
}

func integers(name string, values ...int64) message {
	m := message{}.text(1, name)
	for _, v := range values {
		m = m.number(8, v)
	}
	return m.number(20, 7)
}

// floats adds weights and returns their name.
func (n *network) floats(values []float32, dims ...int64) string {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return n.tensor(Float32, raw, dims)
}

func (n *network) int64s(values ...int64) string {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	keep := n.external
	n.external = "" // shapes must lie in the graph
	defer func() { n.external = keep }()
	return n.tensor(Int64, raw, []int64{int64(len(values))})
}

func (n *network) tensor(kind int64, raw []byte, dims []int64) string {
	name, t := n.fresh(), message{}
	for _, d := range dims {
		t = t.number(1, d)
	}
	t = t.number(2, kind).text(8, name)
	if n.external == "" {
		t = t.bytes(9, raw)
	} else {
		entry := func(key, value string) { t = t.bytes(13, message{}.text(1, key).text(2, value)) }
		entry("location", n.external)
		entry("offset", decimal(len(n.weights)))
		entry("length", decimal(len(raw)))
		t = t.number(14, 1)
		n.weights = append(n.weights, raw...)
	}
	n.graph = n.graph.bytes(5, t)
	return name
}

func decimal(v int) string {
	if v < 10 {
		return string(rune('0' + v))
	}
	return decimal(v/10) + decimal(v%10)
}

// declare adds an input (field 11) or an output (12). A dimension below 1 is symbolic: of the text tower if it is −1.
func (n *network) declare(field int, name string, kind int64, dims ...int64) {
	shape := message{}
	for _, d := range dims {
		if d > 0 {
			shape = shape.bytes(1, message{}.number(1, d))
		} else if d == 0 {
			shape = shape.bytes(1, message{}.text(2, "batch"))
		} else {
			shape = shape.bytes(1, message{}.text(2, "text_batch"))
		}
	}
	tensor := message{}.number(1, kind).bytes(2, shape)
	n.graph = n.graph.bytes(field, message{}.text(1, name).bytes(2, message{}.bytes(1, tensor)))
}

func (n *network) input(name string, kind int64, dims ...int64) { n.declare(11, name, kind, dims...) }

// output gives a value the name under which it leaves the graph.
func (n *network) output(value, name string, kind int64, dims ...int64) {
	n.node("Identity", []string{value}, []string{name})
	n.declare(12, name, kind, dims...)
}

// file is the finished network, in opset 17.
func (n *network) file() []byte {
	graph := n.graph.text(2, "miniature")
	return message{}.number(1, 8).bytes(7, graph).bytes(8, message{}.text(1, "").number(2, 17))
}
