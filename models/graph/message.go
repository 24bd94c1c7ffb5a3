package graph

import (
	"encoding/binary"
	"math"
)

// message is a protocol buffer message under construction. Field numbers are those of onnx.proto3.
type message []byte

func (m message) number(field int, v int64) message {
	return binary.AppendUvarint(binary.AppendUvarint(m, uint64(field)<<3), uint64(v))
}

// head begins a length-delimited field, of which so many bytes follow.
func (m message) head(field int, length int64) message {
	return binary.AppendUvarint(binary.AppendUvarint(m, uint64(field)<<3|2), uint64(length))
}

func (m message) bytes(field int, v []byte) message {
	return append(m.head(field, int64(len(v))), v...)
}

func (m message) text(field int, s string) message { return append(m.head(field, int64(len(s))), s...) }

// Attribute is a constant of a node.
type Attribute struct{ encoded message }

// Int is an attribute with a number.
func Int(name string, v int64) Attribute {
	return Attribute{message{}.text(1, name).number(3, v).number(20, 2)}
}

// Ints is an attribute with a list of numbers.
func Ints(name string, values ...int64) Attribute {
	m := message{}.text(1, name)
	for _, v := range values {
		m = m.number(8, v)
	}
	return Attribute{m.number(20, 7)}
}

// tensor is a TensorProto with the values in it.
func tensor(name string, kind Type, raw []byte, dims []int64) message {
	var m message
	for _, d := range dims {
		m = m.number(1, d)
	}
	return m.number(2, int64(kind)).text(8, name).bytes(9, raw)
}

// encode is the ValueInfoProto of a value. A dimension below 1 is symbolic, and called Batch.
func (v Value) encode() message {
	var shape message
	for _, d := range v.Dims {
		dimension := message{}.text(2, v.Batch)
		if d > 0 {
			dimension = message{}.number(1, d)
		}
		shape = shape.bytes(1, dimension)
	}
	typed := message{}.number(1, int64(v.Type)).bytes(2, shape)
	return message{}.text(1, v.Name).bytes(2, message{}.bytes(1, typed))
}

// pair is a StringStringEntryProto.
func pair(key, value string) message { return message{}.text(1, key).text(2, value) }

func littleEndian(values []float32) []byte {
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return raw
}
