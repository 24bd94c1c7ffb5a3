package settest

import (
	"maps"
	"slices"

	"github.com/fedpurel/fedpurel/train/npy"
)

// Pattern is n bytes, as array/testdata/make.py has them.
func Pattern(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(7919 * i % 251)
	}
	return out
}

// Pickle is a dict of an array of uint8 and lists of integers, as cPickle and NumPy of Python 2 write it in protocol 2.
func Pickle(rows, columns int, data []byte, lists map[string][]int) []byte {
	var out []byte
	kept := 0
	keep := func() {
		kept++
		if kept < 256 {
			out = append(out, 'q', byte(kept))
		} else {
			out = append(out, 'r', byte(kept), byte(kept>>8), byte(kept>>16), byte(kept>>24))
		}
	}
	number := func(v int) {
		switch {
		case v >= 0 && v < 256:
			out = append(out, 'K', byte(v))
		case v >= 0 && v < 65536:
			out = append(out, 'M', byte(v), byte(v>>8))
		default:
			out = append(out, 'J', byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
		}
	}
	text := func(s string) {
		out = append(append(out, 'U', byte(len(s))), s...)
		keep()
	}
	raw := func(s string) { out = append(out, s...) }
	raw("\x80\x02}")
	keep()
	raw("(")
	text("data")
	raw("cnumpy.core.multiarray\n_reconstruct\n")
	keep()
	raw("cnumpy\nndarray\n")
	keep()
	raw("K\x00\x85U\x01b\x87R")
	keep()
	raw("(K\x01")
	number(rows)
	number(columns)
	raw("\x86cnumpy\ndtype\n")
	keep()
	raw("U\x02u1K\x00K\x01\x87R")
	keep()
	raw("(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T")
	out = append(out, byte(len(data)), byte(len(data)>>8), byte(len(data)>>16), byte(len(data)>>24))
	out = append(out, data...)
	raw("tb")
	for _, key := range slices.Sorted(maps.Keys(lists)) {
		text(key)
		raw("]")
		keep()
		for part := range slices.Chunk(lists[key], 1000) {
			raw("(")
			for _, v := range part {
				number(v)
			}
			raw("e")
		}
	}
	text("batch_label")
	text("training batch")
	raw("u.")
	return out
}

// NPY is a .npy file of bytes.
func NPY(data []byte, shape ...int) []byte {
	return append(npy.AppendHeader(nil, "|u1", shape...), data...)
}
