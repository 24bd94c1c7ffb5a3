package graph

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Tensor says of what kind and shape an array is, and where its values lie.
type Tensor struct {
	Type     Type
	Dims     []int64
	External *Place // nil: in the file itself
	parts    []span // raw values, or lists of numbers
	raw      bool
}

// Place is where an array lies in another file. Length is −1 if it is not said.
type Place struct {
	File           string
	Offset, Length int64
}

type span struct{ pos, length int64 }

// Size is the number of values, or −1 if the extents make no sense.
func (t Tensor) Size() int64 {
	size := int64(1)
	for _, d := range t.Dims {
		if d < 0 || d > math.MaxInt32 || (d > 0 && size > math.MaxInt32/d) {
			return -1
		}
		size *= d
	}
	return size
}

// Raw tells whether the values are stored as bytes, little-endian, and not as a list of numbers.
func (t Tensor) Raw() bool { return t.raw || t.External != nil }

// Bytes reads the raw values of an array that lies in the file.
func (t Tensor) Bytes(r io.ReaderAt) ([]byte, error) {
	var all []byte
	for _, s := range t.parts {
		at := len(all)
		all = append(all, make([]byte, s.length)...)
		if _, err := r.ReadAt(all[at:], s.pos); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Numbers reads a list of numbers: float_data as their bits, int32_data and int64_data as they are.
func (t Tensor) Numbers(r io.ReaderAt) ([]uint64, error) {
	data, err := t.Bytes(r)
	if err != nil {
		return nil, err
	}
	var all []uint64
	for len(data) > 0 {
		v, n := uint64(0), 4
		if t.Type == Float32 {
			if len(data) < n {
				return nil, io.ErrUnexpectedEOF
			}
			v = uint64(binary.LittleEndian.Uint32(data))
		} else if v, n = binary.Uvarint(data); n <= 0 {
			return nil, io.ErrUnexpectedEOF
		}
		all, data = append(all, v), data[n:]
	}
	return all, nil
}

// tensor reads a TensorProto's name, kind, shape and place.
func (n *network) tensor(f field) (name string, t Tensor, err error) {
	place := map[string]string{}
	err = n.inside(f, func(f field) (err error) {
		switch f.number {
		case 1:
			err = n.numbers(f, &t.Dims)
		case 2:
			t.Type = Type(f.value)
		case 8:
			name, err = n.text(f)
		case 9:
			t.raw = true
			t.parts = append(t.parts, span{f.pos, f.length})
		case 4, 5, 7:
			t.parts = append(t.parts, span{f.pos, f.length})
		case 13:
			err = n.entry(f, place)
		}
		return err
	})
	if err == nil && place["location"] != "" {
		t.External = &Place{File: place["location"], Length: -1}
		for key, to := range map[string]*int64{"offset": &t.External.Offset, "length": &t.External.Length} {
			if place[key] == "" {
				continue
			}
			if _, bad := fmt.Sscan(place[key], to); bad != nil || *to < 0 {
				return name, t, errProto
			}
		}
	}
	return name, t, err
}

// entry reads a StringStringEntryProto.
func (n *network) entry(f field, to map[string]string) error {
	var pair [3]string
	err := n.inside(f, func(f field) (err error) {
		if f.number == 1 || f.number == 2 {
			pair[f.number], err = n.text(f)
		}
		return err
	})
	to[pair[1]] = pair[2]
	return err
}
