package page

import "encoding/binary"

// Thrift's types in the compact protocol: 0 ends a struct, and some have no length of their own.
const (
	thriftTrue, thriftFalse, thriftByte, thriftI64, thriftDouble, thriftBinary = 1, 2, 3, 6, 7, 8
	thriftList, thriftSet, thriftMap, thriftStruct, thriftUUID                 = 9, 10, 11, 12, 13
)

// mostNested bounds how deep structs lie in one another.
const mostNested = 32

// Walk walks through a struct in Thrift's compact protocol: headers of pages, and what describes a file. It makes room
// for nothing, so that nothing can be claimed. Rest is what is left, and Elements those of all lists so far.
type Walk struct {
	Rest     []byte
	Elements int
	Most     int  // bounds Elements
	Bad      bool // it is no Thrift, or it ends before it should
	// Visit hears of whole numbers and booleans by their fields: 5, 1 is the first field of the struct in field 5. The
	// elements of a list have no number of their own. It may be nil.
	Visit func(path []int, v int64)

	path []int
}

// Struct walks through it.
func (w *Walk) Struct() { w.value(thriftStruct, 0) }

// take passes over n bytes.
func (w *Walk) take(n uint64) {
	if n > uint64(len(w.Rest)) {
		w.Bad, w.Rest, n = true, nil, 0
	}
	w.Rest = w.Rest[n:]
}

func (w *Walk) byte() (b byte) {
	if len(w.Rest) > 0 {
		b = w.Rest[0]
	}
	w.take(1)
	return b
}

func (w *Walk) varint() uint64 {
	v, n := binary.Uvarint(w.Rest)
	w.take(uint64(max(n, 0)))
	w.Bad = w.Bad || n <= 0
	return v
}

func (w *Walk) tell(v int64) {
	if w.Visit != nil && !w.Bad {
		w.Visit(w.path, v)
	}
}

// value passes over a value. Booleans take a byte of their own in lists only.
func (w *Walk) value(kind byte, depth int) {
	switch {
	case w.Bad:
	case depth > mostNested:
		w.Bad = true
	case kind == thriftTrue, kind == thriftFalse, kind == thriftByte:
		w.take(1)
	case kind > thriftByte && kind <= thriftI64:
		u := w.varint()
		w.tell(int64(u>>1) ^ -int64(u&1))
	case kind == thriftDouble:
		w.take(8)
	case kind == thriftUUID:
		w.take(16)
	case kind == thriftBinary:
		w.take(w.varint())
	case kind == thriftList, kind == thriftSet:
		head := w.byte()
		n := uint64(head >> 4)
		if n == 15 {
			n = w.varint()
		}
		w.values(n, depth, head&15)
	case kind == thriftMap:
		if n := w.varint(); n > 0 {
			kinds := w.byte()
			w.values(n, depth, kinds>>4, kinds&15)
		}
	case kind == thriftStruct:
		w.fields(depth)
	default:
		w.Bad = true
	}
}

// fields passes over those of a struct. The number of a field is told by how far it is from the last one's, or stands
// there.
func (w *Walk) fields(depth int) {
	number := 0
	for head := w.byte(); head != 0 && !w.Bad; head = w.byte() {
		if number += int(head >> 4); head>>4 == 0 {
			u := w.varint()
			number = int(int16(u>>1) ^ -int16(u&1))
		}
		w.path = append(w.path, number)
		if kind := head & 15; kind > thriftFalse {
			w.value(kind, depth+1)
		} else {
			w.tell(int64(thriftFalse - kind)) // the kind is the value
		}
		w.path = w.path[:len(w.path)-1]
	}
}

// values passes over n elements, each of values of the kinds. A value takes a byte at least.
func (w *Walk) values(n uint64, depth int, kinds ...byte) {
	if n > uint64(len(w.Rest)) {
		w.Bad = true
		return
	}
	w.Elements += int(n)
	for ; n > 0 && !w.Bad && w.Elements <= w.Most; n-- {
		for _, kind := range kinds {
			w.value(kind, depth+1)
		}
	}
}
