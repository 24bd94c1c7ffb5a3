package fleet

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/fedpurel/fedpurel/train/fault"
)

// packet is a protobuf message under construction. As proto3 has it, fields of value zero are left out.
type packet []byte

func (p packet) number(n protowire.Number, v uint64) packet {
	if v == 0 {
		return p
	}
	return protowire.AppendVarint(protowire.AppendTag(p, n, protowire.VarintType), v)
}

func (p packet) double(n protowire.Number, v float64) packet {
	if v == 0 {
		return p
	}
	return protowire.AppendFixed64(protowire.AppendTag(p, n, protowire.Fixed64Type), math.Float64bits(v))
}

func (p packet) text(n protowire.Number, s string) packet {
	if s == "" {
		return p
	}
	return protowire.AppendString(protowire.AppendTag(p, n, protowire.BytesType), s)
}

// data appends bytes or a nested message, which is there even if it is empty.
func (p packet) data(n protowire.Number, b []byte) packet {
	return protowire.AppendBytes(protowire.AppendTag(p, n, protowire.BytesType), b)
}

// signed appends an sint64 of a oneof, which is there even if it is zero.
func (p packet) signed(n protowire.Number, v int64) packet {
	return protowire.AppendVarint(protowire.AppendTag(p, n, protowire.VarintType), protowire.EncodeZigZag(v))
}

// field is one field of a message: its key, and what it holds.
type field struct {
	key  key
	bits uint64 // of a varint or of 8 bytes
	data []byte // part of what was read
}

func (f field) double() float64 { return math.Float64frombits(f.bits) }

// key is a field's number and how it lies on the wire. A field that lies otherwise than it should is one not known.
type key struct {
	number protowire.Number
	kind   protowire.Type
}

func varint(n protowire.Number) key { return key{n, protowire.VarintType} }
func fixed(n protowire.Number) key  { return key{n, protowire.Fixed64Type} }
func block(n protowire.Number) key  { return key{n, protowire.BytesType} }

// each hands the fields of a message to take, one after the other. It takes no memory.
func each(b []byte, take func(f field) error) error {
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return fault.Corruptf("a protobuf tag: %v", protowire.ParseError(n))
		}
		b = b[n:]
		f := field{key: key{number, kind}}
		switch kind {
		case protowire.VarintType:
			f.bits, n = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			f.bits, n = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			f.data, n = protowire.ConsumeBytes(b)
		case protowire.Fixed32Type:
			_, n = protowire.ConsumeFixed32(b)
		default:
			return fault.Corruptf("a protobuf field of kind %d", kind)
		}
		if n < 0 {
			return fault.Corruptf("protobuf field %d: %v", number, protowire.ParseError(n))
		}
		b = b[n:]
		if err := take(f); err != nil {
			return err
		}
	}
	return nil
}
