package mat

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"unicode/utf16"
	"unicode/utf8"
)

// mostFields of a struct are read: a name may take a single byte of what a few bytes unpack to.
const mostFields = 1024

// Classes of arrays, and a flag.
const (
	cellClass   = 1
	structClass = 2
	textClass   = 4
	doubleClass = 6
	uint64Class = 15
	complexFlag = 0x800
)

// array reads the content of a matrix element: flags, dimensions, name, and what the class asks for.
func array(data []byte, depth int) (name string, v Value, err error) {
	if len(data) == 0 { // so are empty arrays within cells and structs
		return "", Numbers(nil), nil
	}
	if depth > deepest {
		return "", nil, fmt.Errorf("cells and structs are nested more than %d deep", deepest)
	}
	s := stream{data}
	kind, flags, err := s.next()
	if err != nil {
		return "", nil, err
	}
	if kind != uint32s || len(flags) != 8 {
		return "", nil, errors.New("it is damaged: a variable does not begin with its flags; fetch it again")
	}
	class := flags[0]
	if le.Uint32(flags)&complexFlag != 0 ||
		!(class == cellClass || class == structClass || class == textClass || class >= doubleClass &&
			class <= uint64Class) {
		return "", nil, nil
	}
	rows, n, err := s.dimensions()
	if err != nil {
		return "", nil, err
	}
	_, label, err := s.next()
	if err != nil {
		return "", nil, err
	}
	switch class {
	case cellClass:
		var values []Value
		values, err = s.values(n, depth)
		v = Cell(values)
	case structClass:
		v, err = s.records(n, depth)
	case textClass:
		v, err = s.text(rows, n)
	default:
		v, err = s.numbers(n)
	}
	return string(label), v, err
}

// dimensions returns the first dimension and the product of all.
func (s *stream) dimensions() (rows, n int, err error) {
	kind, data, err := s.next()
	if err != nil {
		return 0, 0, err
	}
	if (kind != int32s && kind != uint32s) || len(data)%4 != 0 || len(data) < 8 {
		return 0, 0, errors.New("it is damaged: a variable has no dimensions; fetch it again")
	}
	product := uint64(1)
	for i := 0; i < len(data); i += 4 {
		d := uint64(le.Uint32(data[i:]))
		if product *= d; d > most || product > most {
			return 0, 0, errShort
		}
	}
	return int(le.Uint32(data)), int(product), nil
}

// values reads n arrays. An array takes eight bytes at least.
func (s *stream) values(n, depth int) ([]Value, error) {
	if n > len(s.rest)/8 {
		return nil, errShort
	}
	values := make([]Value, n)
	for i := range values {
		kind, data, err := s.next()
		if err != nil {
			return nil, err
		}
		if kind != matrix {
			return nil, fmt.Errorf("it is damaged: element %d of a cell or struct is of type %d, no array; "+
				"fetch it again", i+1, kind)
		}
		if _, values[i], err = array(data, depth+1); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// records reads a struct: the space that each field's name takes, the names, and the values, record by record.
func (s *stream) records(n, depth int) (Value, error) {
	_, width, err := s.next()
	if err != nil {
		return nil, err
	}
	_, names, err := s.next()
	if err != nil {
		return nil, err
	}
	if len(width) != 4 || le.Uint32(width) == 0 || uint64(len(names))%uint64(le.Uint32(width)) != 0 {
		return nil, errors.New("it is damaged: the names of a struct's fields cannot be told apart; fetch it again")
	}
	w := int(le.Uint32(width))
	if len(names)/w > mostFields {
		return nil, fmt.Errorf("a struct has %d fields, more than %d", len(names)/w, mostFields)
	}
	var v Struct
	for ; len(names) > 0; names = names[w:] {
		field, _, _ := bytes.Cut(names[:w], []byte{0})
		v.Fields = append(v.Fields, string(field))
	}
	fields := len(v.Fields)
	if fields == 0 {
		return v, nil
	}
	if n > len(s.rest)/8/fields {
		return nil, errShort
	}
	values, err := s.values(n*fields, depth)
	if err != nil {
		return nil, err
	}
	v.Items = make([][]Value, n)
	for i := range v.Items {
		v.Items[i] = values[i*fields : (i+1)*fields]
	}
	return v, nil
}

// text reads characters, which are stored in one of several ways. The dimensions count characters, whatever bytes those
// take.
func (s *stream) text(rows, n int) (Value, error) {
	if n == 0 {
		return Text(""), nil
	}
	kind, data, err := s.next()
	if err != nil || rows != 1 {
		return nil, err
	}
	size := map[uint32]int{int8s: 1, uint8s: 1, utf8s: 1, uint16s: 2, utf16s: 2, utf32s: 4}[kind]
	if size == 0 || len(data)%size != 0 || (kind == utf8s && !utf8.Valid(data)) {
		return nil, fmt.Errorf("it is damaged: text of type %d in %d bytes; fetch it again", kind, len(data))
	}
	if kind == utf8s {
		return Text(data), nil
	}
	units := make([]uint16, 0, len(data)/size)
	for i := 0; i < len(data); i += size {
		switch size {
		case 1:
			units = append(units, uint16(data[i]))
		case 2:
			units = append(units, le.Uint16(data[i:]))
		case 4:
			units = utf16.AppendRune(units, rune(le.Uint32(data[i:])))
		}
	}
	return Text(utf16.Decode(units)), nil
}

// numbers reads numbers, which are stored in the smallest type that holds them all, whatever their class.
func (s *stream) numbers(n int) (Value, error) {
	kind, data, err := s.next()
	if err != nil {
		return nil, err
	}
	size := map[uint32]int{
		int8s: 1, uint8s: 1, int16s: 2, uint16s: 2, int32s: 4, uint32s: 4, singles: 4, doubles: 8,
		int64s: 8, uint64s: 8,
	}[kind]
	if size == 0 || len(data) != n*size {
		return nil, fmt.Errorf("it is damaged: %d numbers of type %d in %d bytes; fetch it again", n, kind, len(data))
	}
	numbers := make(Numbers, n)
	for i := range numbers {
		numbers[i] = number(kind, data[i*size:])
	}
	return numbers, nil
}

func number(kind uint32, b []byte) float64 {
	switch kind {
	case int8s:
		return float64(int8(b[0]))
	case uint8s:
		return float64(b[0])
	case int16s:
		return float64(int16(le.Uint16(b)))
	case uint16s:
		return float64(le.Uint16(b))
	case int32s:
		return float64(int32(le.Uint32(b)))
	case uint32s:
		return float64(le.Uint32(b))
	case singles:
		return float64(math.Float32frombits(le.Uint32(b)))
	case int64s:
		return float64(int64(le.Uint64(b)))
	case uint64s:
		return float64(le.Uint64(b))
	}
	return math.Float64frombits(le.Uint64(b))
}
