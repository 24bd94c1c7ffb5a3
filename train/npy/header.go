// Package npy reads and writes NumPy's .npy files: `np.load(f, mmap_mode="r")` opens what it writes, and it opens what
// `np.save` writes, for every little-endian number type, in C order.
//
// Format: NEP 1, https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// DType is NumPy's description of an element, such as "<f4".
type DType string

// sizes holds the known types and the bytes of one element.
var sizes = map[DType]int{
	"<f2": 2, "<f4": 4, "<f8": 8, "|b1": 1, "|i1": 1, "|u1": 1,
	"<i2": 2, "<u2": 2, "<i4": 4, "<u4": 4, "<i8": 8, "<u8": 8,
}

// Header describes the array in a file.
type Header struct {
	DType  DType
	Shape  []int // nil for a scalar
	Offset int64 // of the first element in the file
}

// Len is the number of elements.
func (h Header) Len() int {
	n := 1
	for _, s := range h.Shape {
		n *= s
	}
	return n
}

// Bytes is the size of the data.
func (h Header) Bytes() int64 { return int64(h.Len()) * int64(sizes[h.DType]) }

const (
	magic     = "\x93NUMPY"
	align     = 64
	maxHeader = 1 << 16 // bytes; headers of number arrays take about 100
	maxDims   = 32      // NumPy's own limit
)

// AppendHeader appends the header of a C-order array to dst. Its length makes data that follows at once start at a
// multiple of 64 bytes. It panics on an unknown type or a negative extent.
func AppendHeader(dst []byte, dt DType, shape ...int) []byte {
	if sizes[dt] == 0 {
		panic(fmt.Sprintf("npy: unknown type %q", dt))
	}
	var dims strings.Builder
	for _, s := range shape {
		if s < 0 {
			panic(fmt.Sprintf("npy: shape %v", shape))
		}
		fmt.Fprintf(&dims, "%d, ", s)
	}
	list := strings.TrimSuffix(dims.String(), " ")
	if len(shape) > 1 {
		list = strings.TrimSuffix(list, ",")
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", dt, list)
	const fixed = len(magic) + 4
	pad := align - (fixed+len(text)+1)%align
	if pad == align {
		pad = 0
	}
	text += strings.Repeat(" ", pad) + "\n"
	dst = append(dst, magic...)
	dst = append(dst, 1, 0)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(text)))
	return append(dst, text...)
}

// ParseHeader reads the header at the start of b, which may hold just the beginning of a file. Sizes are checked
// before anything is allocated from them. Big-endian, Fortran-order, structured and object arrays are refused by name.
func ParseHeader(b []byte) (Header, error) {
	var h Header
	if len(b) < len(magic)+4 || string(b[:len(magic)]) != magic {
		return h, errors.New("not a NumPy .npy file")
	}
	major := b[len(magic)]
	start, n := len(magic)+4, int(binary.LittleEndian.Uint16(b[8:]))
	if major == 2 || major == 3 {
		if len(b) < len(magic)+6 {
			return h, errors.New("the header is truncated")
		}
		start, n = len(magic)+6, int(min(binary.LittleEndian.Uint32(b[8:]), math.MaxInt32))
	} else if major != 1 {
		return h, fmt.Errorf("version %d of the .npy format is unknown", major)
	}
	if n > maxHeader {
		return h, fmt.Errorf("the header claims %d bytes", n)
	}
	if len(b) < start+n {
		return h, errors.New("the header is truncated")
	}
	fields, err := parseDict(string(b[start : start+n]))
	if err != nil {
		return h, err
	}
	h.Offset = int64(start + n)
	if h.DType, err = parseType(fields["descr"]); err != nil {
		return h, err
	}
	if h.Shape, err = parseShape(fields["shape"], sizes[h.DType]); err != nil {
		return h, err
	}
	switch fields["fortran_order"] {
	case "False":
	case "True":
		if len(h.Shape) > 1 {
			return h, errors.New("the array is in Fortran order; save np.ascontiguousarray(a)")
		}
	default:
		return h, errors.New("the header lacks fortran_order")
	}
	return h, nil
}

// parseDict splits the header's Python dictionary into its raw values: strings without quotes, the tuple with its
// parentheses.
func parseDict(s string) (map[string]string, error) {
	bad := errors.New("the header is not a dictionary of descr, fortran_order and shape")
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, "{") || !strings.HasSuffix(s, "}") {
		return nil, bad
	}
	s = strings.TrimSpace(s[1 : len(s)-1])
	fields := map[string]string{}
	for s != "" {
		key, rest, ok := strings.Cut(s, ":")
		if !ok || len(fields) == 3 {
			return nil, bad
		}
		key = strings.Trim(strings.TrimSpace(key), `'"`)
		rest = strings.TrimSpace(rest)
		end := 0
		switch {
		case strings.HasPrefix(rest, "("):
			end = strings.Index(rest, ")") + 1
		case strings.HasPrefix(rest, "["): // a structured type
			return nil, errors.New("the array has a structured type; save plain numbers")
		default:
			if end = strings.Index(rest, ","); end < 0 {
				end = len(rest)
			}
		}
		if end <= 0 {
			return nil, bad
		}
		fields[key] = strings.Trim(strings.TrimSpace(rest[:end]), `'"`)
		s = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(rest[end:]), ","))
	}
	return fields, nil
}

func parseType(s string) (DType, error) {
	if len(s) == 3 && s[0] == '=' {
		s = "<" + s[1:]
	}
	if dt := DType(s); sizes[dt] > 0 {
		return dt, nil
	}
	switch {
	case strings.HasPrefix(s, ">"):
		return "", fmt.Errorf("the array is big-endian (%s); save a.astype('<%s')", s, s[1:])
	case strings.Contains(s, "O"):
		return "", errors.New("the array holds Python objects; save plain numbers")
	default:
		return "", fmt.Errorf("the element type %.20q is not supported; save float32 or int64", s)
	}
}

func parseShape(s string, size int) ([]int, error) {
	if !strings.HasPrefix(s, "(") || !strings.HasSuffix(s, ")") {
		return nil, errors.New("the header lacks a shape")
	}
	var shape []int
	total := int64(size)
	for part := range strings.SplitSeq(s[1:len(s)-1], ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || len(shape) == maxDims {
			return nil, fmt.Errorf("the shape %.80s is impossible", s)
		}
		if n > 0 && total > math.MaxInt64/int64(n) {
			return nil, fmt.Errorf("the shape %.80s is impossibly large", s)
		}
		total *= int64(n)
		shape = append(shape, n)
	}
	for i, n := range shape { // an overflow hidden by a zero extent
		if n == 0 {
			for j := range shape {
				if i != j && shape[j] > 1<<40 {
					return nil, fmt.Errorf("the shape %.80s is impossible", s)
				}
			}
		}
	}
	return shape, nil
}
