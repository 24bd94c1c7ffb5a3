package pickle

import (
	"math"
	"slices"
)

// Array is a NumPy array of numbers in C order, the low byte of a number first.
type Array struct {
	DType string // as in .npy files, such as |u1 and <i8
	Shape []int
	Bytes // exactly those of its elements
}

// functions are what a pickle may import; nil ones are no functions.
var functions = map[class]func(*machine, Tuple) any{
	"numpy ndarray":                       nil,
	"numpy dtype":                         newType,
	"numpy.core.multiarray _reconstruct":  newArray,
	"numpy._core.multiarray _reconstruct": newArray,
	"numpy.core.numeric _frombuffer":      fromBuffer,
	"numpy._core.numeric _frombuffer":     fromBuffer,
	"numpy.core.multiarray scalar":        newScalar,
	"numpy._core.multiarray scalar":       newScalar,
	"_codecs encode":                      encode,
}

// newArray is _reconstruct(ndarray, (0,), b'b'): an empty array, to be built.
func newArray(m *machine, args Tuple) any {
	if len(args) == 0 || args[0] != class("numpy ndarray") {
		m.fail("it makes an array of a foreign class")
	}
	return &Array{}
}

// newScalar is scalar(dtype, bytes): a single number of NumPy, which is taken for a plain one.
func newScalar(m *machine, args Tuple) any {
	if len(args) != 2 {
		m.fail("a number of NumPy is made of %d values, not 2", len(args))
		return nil
	}
	t, _ := args[0].(*elements)
	b, _ := args[1].(Bytes)
	if t == nil || len(b.Data) != t.size {
		m.fail("it is no number of NumPy")
		return nil
	}
	n := uint64(0)
	for i, c := range b.Data {
		n |= uint64(c) << (8 * i)
	}
	unused := 64 - 8*t.size
	switch {
	case t.code == "b1":
		return n != 0
	case t.code == "f4":
		return float64(math.Float32frombits(uint32(n)))
	case t.code == "f8":
		return math.Float64frombits(n)
	case t.code[0] == 'i':
		return int64(n<<unused) >> unused
	case t.code[0] == 'u' && n <= math.MaxInt64:
		return int64(n)
	}
	m.fail("a number of NumPy is of type %s and out of range; save it by .tolist()", t.code)
	return nil
}

// build is __setstate__((1, shape, dtype, in Fortran order, bytes)).
func (a *Array) build(m *machine, state Tuple) {
	if len(state) != 5 || state[0] != int64(1) {
		m.fail("the state of an array is no version 1")
		return
	}
	a.fill(m, state[1], state[2], state[3] != false, state[4])
}

// fromBuffer is _frombuffer(bytes, dtype, shape, order), which protocol 5 has.
func fromBuffer(m *machine, args Tuple) any {
	a := &Array{}
	if len(args) != 4 {
		m.fail("an array is made of %d values, not 4", len(args))
		return a
	}
	order, _ := args[3].(Bytes)
	a.fill(m, args[2], args[1], string(order.Data) != "C", args[0])
	return a
}

func (a *Array) fill(m *machine, shape, dtype any, fortran bool, data any) {
	dims, _ := shape.(Tuple)
	t, _ := dtype.(*elements)
	b, ok := data.(Bytes)
	if t == nil || !ok || len(dims) == 0 || len(dims) > 32 {
		m.fail("it is no array of numbers")
		return
	}
	if fortran && len(dims) > 1 {
		m.fail("an array is in Fortran order; save np.ascontiguousarray(a)")
		return
	}
	size := uint64(t.size)
	a.Shape = make([]int, len(dims))
	for i, d := range dims {
		n, ok := d.(int64)
		if !ok || n < 0 || n > math.MaxInt32 || n > 0 && size > math.MaxInt64/uint64(n) {
			m.fail("the shape of an array is impossible")
			return
		}
		size *= uint64(n)
		a.Shape[i] = int(n)
	}
	if size != uint64(len(b.Data)) {
		m.fail("an array of shape %v and type %s has %d bytes", a.Shape, t.name(), len(b.Data))
	}
	a.DType, a.Bytes = t.name(), b
}

// elements is a dtype.
type elements struct {
	code string
	size int
}

func (t *elements) name() string {
	if t.size == 1 {
		return "|" + t.code
	}
	return "<" + t.code
}

// newType is dtype('u1', False, True).
func newType(m *machine, args Tuple) any {
	t := &elements{}
	if len(args) > 0 {
		t.code = m.text(args[0])
	}
	if !slices.Contains([]string{"b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"}, t.code) {
		m.fail("an array has elements of type %.40q; only numbers are read", t.code)
		return t
	}
	t.size = int(t.code[1] - '0')
	return t
}

// build is __setstate__((3, byte order, subtype, names, fields, …)).
func (t *elements) build(m *machine, state Tuple) {
	if len(state) < 5 || state[2] != nil || state[3] != nil || state[4] != nil {
		m.fail("an array has structured elements; only numbers are read")
		return
	}
	if order := m.text(state[1]); order == ">" && t.size > 1 {
		m.fail("an array is big-endian; save a.astype('<%s')", t.code)
	}
}
