// Package mattest writes MAT files for tests, in the form that MATLAB gives them: numbers in the smallest type that
// holds them, elements of up to four bytes packed into eight, variables compressed.
package mattest

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf16"

	"github.com/fedpurel/fedpurel/featurize/dataset/mat"
)

var le = binary.LittleEndian

// File joins variables to a file.
func File(variables ...[]byte) []byte {
	head := bytes.Repeat([]byte{' '}, 124)
	copy(head, "MATLAB 5.0 MAT-file, Platform: GLNXA64, Created on: Thu Jan  1 00:00:00 1970")
	copy(head[116:], make([]byte, 8))
	return append(append(head, "\x00\x01IM"...), bytes.Join(variables, nil)...)
}

// Compressed is a variable as save -v7 writes it. Nothing pads it.
func Compressed(variable []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, err := z.Write(variable)
	if e := z.Close(); err != nil || e != nil {
		panic("mattest: a buffer refuses bytes")
	}
	return append(le.AppendUint32(le.AppendUint32(nil, 15), uint32(b.Len())), b.Bytes()...)
}

// Variable is a variable as save -v6 writes it. Text goes into type 16, UTF-8, or 4, two bytes each.
func Variable(name string, v mat.Value, text uint32) []byte {
	var class byte
	var content []byte
	n := 0
	switch v := v.(type) {
	case mat.Cell:
		class, n = 1, len(v)
		for _, e := range v {
			content = append(content, Variable("", e, text)...)
		}
	case mat.Struct:
		const width = 32
		class, n = 2, len(v.Items)
		names := make([]byte, width*len(v.Fields))
		for i, f := range v.Fields {
			copy(names[i*width:(i+1)*width-1], f)
		}
		content = append(Element(5, le.AppendUint32(nil, width)), Element(1, names)...)
		for _, item := range v.Items {
			for _, e := range item {
				content = append(content, Variable("", e, text)...)
			}
		}
	case mat.Text:
		units := utf16.Encode([]rune(string(v)))
		class, n = 4, len(units)
		data := []byte(v)
		if text != 16 {
			data = nil
			for _, u := range units {
				data = le.AppendUint16(data, u)
			}
		}
		content = Element(text, data)
	case mat.Numbers:
		class, n = 6, len(v)
		content = Element(compact(v))
	default:
		panic(fmt.Sprintf("mattest: %T is no value of a MAT file", v))
	}
	return Array(class, n, name, content)
}

// Array is a row of n values of a class, with any content.
func Array(class byte, n int, name string, content []byte) []byte {
	body := Element(6, []byte{class, 0, 0, 0, 0, 0, 0, 0})
	body = append(body, Element(5, le.AppendUint32(le.AppendUint32(nil, 1), uint32(n)))...)
	body = append(append(body, Element(1, []byte(name))...), content...)
	return Element(14, body)
}

// Element is an element of any type but the compressed one.
func Element(kind uint32, data []byte) []byte {
	if n := len(data); n > 0 && n <= 4 {
		return append(le.AppendUint32(nil, uint32(n)<<16|kind), append(data, make([]byte, 4-n)...)...)
	}
	out := append(le.AppendUint32(le.AppendUint32(nil, kind), uint32(len(data))), data...)
	return append(out, make([]byte, (8-len(data)%8)%8)...)
}

// compact stores numbers in the smallest type of a few.
func compact(v mat.Numbers) (kind uint32, data []byte) {
	kind = 2
	for _, x := range v {
		switch {
		case x != math.Trunc(x) || x < math.MinInt32 || x > math.MaxInt32:
			kind = 9
		case (x < 0 || x > math.MaxUint16) && kind != 9:
			kind = 5
		case x > math.MaxUint8 && kind == 2:
			kind = 4
		}
	}
	for _, x := range v {
		switch kind {
		case 2:
			data = append(data, byte(x))
		case 4:
			data = le.AppendUint16(data, uint16(x))
		case 5:
			data = le.AppendUint32(data, uint32(int32(x)))
		default:
			data = le.AppendUint64(data, math.Float64bits(x))
		}
	}
	return kind, data
}
