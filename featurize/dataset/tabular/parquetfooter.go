package tabular

import (
	"encoding/binary"
	"os"

	"github.com/fedpurel/fedpurel/train/fault"
)

// footer walks through the description of a parquet file before the library does, which makes room for as many values
// as a list claims. It is in Thrift's compact protocol; what it means does not matter here.
type footer struct {
	rest     []byte
	elements int // of all lists
	bad      bool
}

// Bounds of what a description may hold. Each element takes some hundred bytes of memory; a thousand row groups of ten
// columns have 10⁵.
const (
	mostElements = 1 << 20
	mostFooter   = 1 << 28
	mostNested   = 32
)

// Thrift's types in the compact protocol: 0 ends a struct, and some have no length of their own.
const (
	thriftTrue, thriftFalse, thriftByte, thriftI64, thriftDouble, thriftBinary = 1, 2, 3, 6, 7, 8
	thriftList, thriftSet, thriftMap, thriftStruct, thriftUUID                 = 9, 10, 11, 12, 13
)

// checkFooter refuses a file whose description, of n bytes up to end, is no Thrift or claims more than it holds.
func checkFooter(path string, file *os.File, end, n int64) error {
	if n > mostFooter {
		return fault.Corruptf("dataset: %s: its description has %d bytes, more than %d; "+
			"write it with larger row groups", path, n, mostFooter)
	}
	f := footer{rest: make([]byte, n)}
	if _, err := file.ReadAt(f.rest, end-n); err != nil {
		return fault.Corruptf("dataset: %s: %w", path, err)
	}
	f.value(thriftStruct, 0)
	if f.elements > mostElements {
		return fault.Corruptf("dataset: %s: its description has more than %d elements; write it with larger row groups",
			path, mostElements)
	} else if f.bad {
		return fault.Corruptf("dataset: %s: its description is damaged; fetch it again", path)
	}
	return nil
}

// take passes over n bytes.
func (f *footer) take(n uint64) {
	if n > uint64(len(f.rest)) {
		f.bad, f.rest, n = true, nil, 0
	}
	f.rest = f.rest[n:]
}

func (f *footer) byte() (b byte) {
	if len(f.rest) > 0 {
		b = f.rest[0]
	}
	f.take(1)
	return b
}

func (f *footer) varint() uint64 {
	v, n := binary.Uvarint(f.rest)
	f.take(uint64(max(n, 0)))
	f.bad = f.bad || n <= 0
	return v
}

// value passes over a value. Booleans take a byte of their own in lists only.
func (f *footer) value(kind byte, depth int) {
	switch {
	case f.bad:
	case depth > mostNested:
		f.bad = true
	case kind == thriftTrue, kind == thriftFalse, kind == thriftByte:
		f.take(1)
	case kind > thriftByte && kind <= thriftI64:
		f.varint()
	case kind == thriftDouble:
		f.take(8)
	case kind == thriftUUID:
		f.take(16)
	case kind == thriftBinary:
		f.take(f.varint())
	case kind == thriftList, kind == thriftSet:
		head := f.byte()
		n := uint64(head >> 4)
		if n == 15 {
			n = f.varint()
		}
		f.values(n, depth, head&15)
	case kind == thriftMap:
		if n := f.varint(); n > 0 {
			kinds := f.byte()
			f.values(n, depth, kinds>>4, kinds&15)
		}
	case kind == thriftStruct:
		for head := f.byte(); head != 0 && !f.bad; head = f.byte() {
			if head>>4 == 0 { // else the number of the field is told by how far it is from the last one's
				f.varint()
			}
			if kind := head & 15; kind > thriftFalse {
				f.value(kind, depth+1)
			}
		}
	default:
		f.bad = true
	}
}

// values passes over n elements, each of values of the kinds. A value takes a byte at least.
func (f *footer) values(n uint64, depth int, kinds ...byte) {
	if n > uint64(len(f.rest)) {
		f.bad = true
		return
	}
	f.elements += int(n)
	for ; n > 0 && !f.bad && f.elements <= mostElements; n-- {
		for _, kind := range kinds {
			f.value(kind, depth+1)
		}
	}
}
