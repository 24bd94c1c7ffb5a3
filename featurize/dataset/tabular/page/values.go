package page

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Kind is what the values of a column are, by its number in parquet.thrift.
type Kind int

// The kinds that are read.
const (
	Bool  Kind = 0
	Int32 Kind = 1
	Int64 Kind = 2
	// Float and Double are given as float64.
	Float  Kind = 4
	Double Kind = 5
	Bytes  Kind = 6
)

// Page is a stretch of a column, with a place for each row: in Numbers (truth is 1), Floats or Bytes, as the kind is.
// Bytes lie in the memory of the page.
type Page struct {
	Rows    int
	Null    []bool // nil: no row is
	Numbers []int64
	Floats  []float64
	Bytes   [][]byte
}

// IsNull tells whether a row has no value.
func (p *Page) IsNull(row int) bool { return p.Null != nil && p.Null[row] }

// spread moves values, which come without those of the null rows, to their rows.
func spread[T any](values []T, null []bool) []T {
	if null == nil || values == nil {
		return values
	}
	all, from := make([]T, len(null)), 0
	for i := range all {
		if !null[i] {
			all[i], from = values[from], from+1
		}
	}
	return all
}

// decode decodes n values, of which none is null.
func (k Kind) decode(src []byte, n int, encoding int64, dict *Page) (p Page, err error) {
	p.Rows = n
	switch {
	case n == 0: // then some writers leave everything out
		return p, nil
	case encoding == plain:
		err = p.plain(k, src)
	case encoding == plainDictionary, encoding == dictionary:
		err = p.chosen(src, dict)
	case encoding == runLength && k == Bool:
		if len(src) < 4 || uint64(binary.LittleEndian.Uint32(src)) > uint64(len(src)-4) {
			return p, errShort
		}
		bits := make([]uint32, n)
		err = hybrid(bits, src[4:4+binary.LittleEndian.Uint32(src)], 1)
		p.Numbers = truths(bits)
	case encoding == deltaPacked && (k == Int32 || k == Int64):
		p.Numbers, _, err = deltas(src, n, k == Int32)
	case encoding == deltaLength && k == Bytes:
		p.Bytes, err = lengthsFirst(src, n)
	case encoding == deltaBytes && k == Bytes:
		p.Bytes, err = prefixed(src, n)
	case encoding == byteSplit && k.size() > 0:
		if src, err = joined(src, n, k.size()); err == nil {
			err = p.plain(k, src)
		}
	default:
		err = refuse("the encoding %d of a page is not read; write the table anew with plain pages", encoding)
	}
	return p, err
}

// size is the bytes of a value, or 0 if they differ or are less than one.
func (k Kind) size() int {
	return map[Kind]int{Int32: 4, Int64: 8, Float: 4, Double: 8}[k]
}

// plain decodes p.Rows values that stand one after the other.
func (p *Page) plain(k Kind, src []byte) error {
	size := k.size()
	if len(src) < p.Rows*size {
		return errShort
	}
	at := func(i int) []byte { return src[i*size:] }
	switch k {
	case Bool:
		bits := make([]uint32, p.Rows)
		err := unpackBits(bits, src, 1)
		p.Numbers = truths(bits)
		return err
	case Int32, Int64:
		p.Numbers = make([]int64, p.Rows)
		for i := range p.Numbers {
			if p.Numbers[i] = int64(int32(binary.LittleEndian.Uint32(at(i)))); k == Int64 {
				p.Numbers[i] = int64(binary.LittleEndian.Uint64(at(i)))
			}
		}
	case Float, Double:
		p.Floats = make([]float64, p.Rows)
		for i := range p.Floats {
			if p.Floats[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(at(i)))); k == Double {
				p.Floats[i] = math.Float64frombits(binary.LittleEndian.Uint64(at(i)))
			}
		}
	case Bytes:
		if len(src) < 4*p.Rows {
			return errShort
		}
		p.Bytes = make([][]byte, p.Rows)
		for i := range p.Bytes {
			if len(src) < 4 || uint64(binary.LittleEndian.Uint32(src)) > uint64(len(src)-4) {
				return errShort
			}
			end := 4 + int(binary.LittleEndian.Uint32(src))
			p.Bytes[i], src = src[4:end:end], src[end:]
		}
	default:
		return fmt.Errorf("values of kind %d are not read", k)
	}
	return nil
}

// chosen are p.Rows values of the dictionary, by their numbers there.
func (p *Page) chosen(src []byte, dict *Page) error {
	if dict == nil || len(src) == 0 {
		return errors.New("a page refers to a dictionary that is not there")
	}
	numbers := make([]uint32, p.Rows)
	if err := hybrid(numbers, src[1:], int(src[0])); err != nil {
		return err
	}
	for _, n := range numbers {
		if int64(n) >= int64(dict.Rows) {
			return fmt.Errorf("a page refers to value %d of a dictionary of %d", n, dict.Rows)
		}
	}
	p.Numbers, p.Floats, p.Bytes = pick(dict.Numbers, numbers), pick(dict.Floats, numbers), pick(dict.Bytes, numbers)
	return nil
}

func pick[T any](from []T, numbers []uint32) []T {
	if from == nil {
		return nil
	}
	out := make([]T, len(numbers))
	for i, n := range numbers {
		out[i] = from[n]
	}
	return out
}

func truths(bits []uint32) []int64 {
	out := make([]int64, len(bits))
	for i, b := range bits {
		out[i] = int64(b)
	}
	return out
}

// joined puts together values whose first bytes come first, then all second ones, and so on (BYTE_STREAM_SPLIT).
func joined(src []byte, n, size int) ([]byte, error) {
	if len(src) != n*size {
		return nil, errShort
	}
	out := make([]byte, len(src))
	for i := range n {
		for b := range size {
			out[i*size+b] = src[b*n+i]
		}
	}
	return out, nil
}
