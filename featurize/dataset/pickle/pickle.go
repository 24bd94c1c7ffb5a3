// Package pickle reads Python pickles of plain values and NumPy arrays, such as CIFAR's batches. Nothing is executed:
// the few names of NumPy that an array needs stand for functions of this package, every other name is refused.
//
// It knows all opcodes that the protocols 0 to 5 use for None, numbers, strings, bytes, lists, tuples, dicts and
// arrays, in one stream. The layout: https://docs.python.org/3/library/pickletools.html
package pickle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
)

// Values are nil, bool, int64, float64, Bytes, Tuple, *List, Dict and *Array.
type (
	// Bytes are a string or bytes; Python 2 does not tell them apart. Offset is where they lie in the pickle, or -1
	// where the pickle spells them in another way. Data belongs to the pickle, or is a conversion.
	Bytes struct {
		Data   []byte
		Offset int64
	}
	Tuple []any
	// List is mutable while a pickle is read.
	List struct{ Items []any }
	// Dict has strings as keys.
	Dict map[string]any
	// class is a name that the pickle imports: module and name with a blank between.
	class string
)

const (
	maxSteps = 1 << 21 // opcodes; 50,000 labels and file names take 250,000
	maxShort = 256     // bytes of names, keys and numbers
)

// machine is the stack machine that a pickle is written for. The first error sticks, and operations after it do
// nothing.
type machine struct {
	data      []byte
	at        int
	stack     []any
	marks     []int // heights of the stack
	memo      map[uint64]any
	converted int // bytes that were spelled in another way
	err       error
}

// Load reads the pickle at the start of data. Values refer to data. Memory is proportional to the number of values,
// which is bounded; nothing is allocated because a length claims it.
func Load(data []byte) (any, error) {
	m := &machine{data: data, memo: map[uint64]any{}}
	for steps := 0; ; steps++ {
		start := m.at
		op := m.take(1)
		if m.err == nil && op[0] == '.' {
			v := m.pop()
			if m.err == nil {
				return v, nil
			}
		}
		if m.err == nil {
			m.step(op[0])
		}
		if m.err == nil && steps == maxSteps {
			m.fail("there are more than %d values", maxSteps)
		}
		if m.err != nil {
			return nil, fmt.Errorf("pickle, byte %d: %w", start, m.err)
		}
	}
}

func (m *machine) fail(format string, args ...any) {
	if m.err == nil {
		m.err = fmt.Errorf(format, args...)
	}
}

// take is the next n bytes.
func (m *machine) take(n uint64) []byte {
	if left := uint64(len(m.data) - m.at); n > left {
		m.fail("the file is truncated: %d bytes are needed, %d are left", n, left)
		return nil
	}
	m.at += int(n)
	return m.data[m.at-int(n) : m.at]
}

// uint is the number in the next n bytes, the low one first.
func (m *machine) uint(n uint64) (v uint64) {
	for i, b := range m.take(n) {
		v |= uint64(b) << (8 * i)
	}
	return v
}

// line is the text up to the next line break.
func (m *machine) line() []byte {
	n := bytes.IndexByte(m.data[m.at:], '\n')
	if n < 0 {
		m.fail("the file is truncated within a line of text")
		return nil
	}
	return m.take(uint64(n) + 1)[:n]
}

// short is the line of a name or a number.
func (m *machine) short() string {
	line := m.line()
	if len(line) > maxShort {
		m.fail("a name or number has %d bytes", len(line))
		return ""
	}
	return string(line)
}

// push lays a value on the stack.
func (m *machine) push(v any) { m.stack = append(m.stack, v) }

// floor is the height of the stack below which no operation reaches.
func (m *machine) floor() int {
	if len(m.marks) > 0 {
		return m.marks[len(m.marks)-1]
	}
	return 0
}

func (m *machine) pop() any {
	if len(m.stack) <= m.floor() {
		m.fail("the stack is empty")
		return nil
	}
	v := m.stack[len(m.stack)-1]
	m.stack = m.stack[:len(m.stack)-1]
	return v
}

// popTo is a copy of what lies above the last mark, or with n >= 0 of the last n values.
func (m *machine) popTo(n int) []any {
	from := len(m.stack) - n
	if n < 0 && len(m.marks) == 0 || n > len(m.stack)-m.floor() {
		m.fail("the stack is empty")
		return nil
	}
	if n < 0 {
		from, m.marks = m.floor(), m.marks[:len(m.marks)-1]
	}
	values := append([]any(nil), m.stack[from:]...)
	m.stack = m.stack[:from]
	return values
}

// number parses text: 12, 12L of Python 2, and the booleans 00 and 01 of the oldest protocols.
func (m *machine) number(text string) any {
	if text == "00" || text == "01" {
		return text == "01"
	}
	if n := len(text); n > 1 && text[n-1] == 'L' {
		text = text[:n-1]
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		m.fail("%.40q is no number of 64 bits", text)
	}
	return v
}

// long is a number of n bytes with a sign.
func (m *machine) long(n uint64) any {
	if n > 8 {
		m.fail("a number has %d bytes; only those of 64 bits are read", n)
		return nil
	}
	v := m.uint(n)
	if n == 0 {
		return int64(0)
	}
	unused := 64 - 8*n
	return int64(v<<unused) >> unused
}

func (m *machine) float(text string) any {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		m.fail("%.40q is no number", text)
	}
	return v
}

// name makes a class of its two parts.
func (m *machine) name(module, name string) any {
	c := class(module + " " + name)
	if _, known := functions[c]; !known && m.err == nil {
		m.fail("it holds a %s.%s; only plain values and NumPy arrays of numbers are read, and nothing is executed",
			module, name)
	}
	return c
}

// text is a value that must be a short string.
func (m *machine) text(v any) string {
	b, ok := v.(Bytes)
	if !ok || len(b.Data) > maxShort {
		m.fail("a key or a name is no short string")
		return ""
	}
	return string(b.Data)
}

func bigFloat(b []byte) any {
	if len(b) < 8 {
		return nil
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b))
}
