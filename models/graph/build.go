package graph

import (
	"encoding/binary"
	"strconv"
)

// Opset and IR are the versions that a new file is written in: widely read, and recent enough for all operators here.
const (
	Opset = 17
	IR    = 8
)

// Builder makes a network, node by node. Values that it names begin with Prefix.
type Builder struct {
	Prefix string
	Opset  int // of the file into which the nodes go

	fields  message // of the GraphProto
	next    int
	inputs  []Value
	outputs []Value
	notes   message // of the ModelProto
}

// New makes a builder of a file of its own.
func New() *Builder { return &Builder{Opset: Opset} }

// Input declares an input.
func (b *Builder) Input(v Value) string {
	b.inputs = append(b.inputs, v)
	return v.Name
}

// Output gives the value x the name under which it leaves the network.
func (b *Builder) Output(x string, v Value) {
	b.node("Identity", []string{x}, v.Name)
	b.outputs = append(b.outputs, v)
}

// Floats adds weights under a name and returns the name with its prefix.
func (b *Builder) Floats(name string, values []float32, dims ...int64) string {
	return b.weights(name, Float32, littleEndian(values), dims)
}

// Int64s adds whole numbers, a list.
func (b *Builder) Int64s(name string, values ...int64) string {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return b.weights(name, Int64, raw, []int64{int64(len(values))})
}

func (b *Builder) weights(name string, kind Type, raw []byte, dims []int64) string {
	name = b.Prefix + name
	b.fields = b.fields.bytes(5, tensor(name, kind, raw, dims))
	return name
}

// Node adds an operator with one output and returns that.
func (b *Builder) Node(operator string, inputs []string, attributes ...Attribute) string {
	out := b.Prefix + b.Fresh(operator)
	b.node(operator, inputs, out, attributes...)
	return out
}

// Fresh is a name that begins with kind, and that it gives only once.
func (b *Builder) Fresh(kind string) string {
	b.next++
	return kind + "_" + strconv.Itoa(b.next)
}

func (b *Builder) node(operator string, inputs []string, output string, attributes ...Attribute) {
	var m message
	for _, in := range inputs {
		m = m.text(1, in)
	}
	m = m.text(2, output).text(3, output).text(4, operator)
	for _, a := range attributes {
		m = m.bytes(5, a.encoded)
	}
	b.fields = b.fields.bytes(1, m)
}

// Note adds an entry to the file's metadata.
func (b *Builder) Note(key, value string) { b.notes = b.notes.bytes(14, pair(key, value)) }

// declared are inputs and outputs.
func (b *Builder) declared() (m message) {
	for _, v := range b.inputs {
		m = m.bytes(11, v.encode())
	}
	for _, v := range b.outputs {
		m = m.bytes(12, v.encode())
	}
	return m
}

// File is the network as an ONNX file, with what made it and a name.
func (b *Builder) File(producer, name string) []byte {
	graph := append(append(b.fields, b.declared()...), message{}.text(2, name)...)
	m := message{}.number(1, IR).text(2, producer).bytes(7, graph)
	m = m.bytes(8, message{}.text(1, "").number(2, int64(b.Opset)))
	return append(m, b.notes...)
}
