// Package mat reads MAT files of version 5, in which MATLAB keeps variables (save -v6 and -v7): cells, structs, text
// and real numbers, as the lists of some data sets are published. Arrays come flat, in the file's order, column by
// column. Variables of other kinds (objects, sparse and complex matrices, functions, text of several lines) are not
// read.
//
// What a file claims is checked against what is there before anything is allocated, so that a damaged file is an error
// and no more.
package mat

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Value is a Cell, a Struct, a Text, Numbers, or nil for what is not read.
type Value any

// Cell is an array of anything.
type Cell []Value

// Text is a row of characters.
type Text string

// Numbers is an array of numbers, however they were stored.
type Numbers []float64

// Struct is an array of records.
type Struct struct {
	Fields []string
	Items  [][]Value // of each record, a value for each field
}

// File is what a MAT file holds.
type File struct {
	Path      string
	Variables map[string]Value
}

// most bounds a file's bytes, compressed or not. The largest list of a known data set takes 7 MB.
const most = 32 << 20

// deepest bounds cells within cells.
const deepest = 16

// Read reads a file.
func Read(path string) (*File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.Missingf("mat: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > most {
		return nil, fault.Corruptf("mat: %s is no file of at most %d MB, as lists are", path, most>>20)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Missingf("mat: %w", err)
	}
	variables, err := Parse(data)
	if err != nil {
		return nil, fault.Corruptf("mat: %s: %w", path, err)
	}
	return &File{path, variables}, nil
}

// Get returns a variable of the type that the caller expects.
func Get[T Cell | Struct | Text | Numbers](f *File, name string) (T, error) {
	v, ok := f.Variables[name].(T)
	if !ok {
		return v, fault.Corruptf("mat: %s has no variable %s of the kind %s", f.Path, name, kindName(v))
	}
	return v, nil
}

func kindName(v Value) string {
	switch v.(type) {
	case Cell:
		return "cell"
	case Struct:
		return "struct"
	case Text:
		return "text"
	}
	return "numbers"
}

// Types of elements.
const (
	int8s      = 1
	uint8s     = 2
	int16s     = 3
	uint16s    = 4
	int32s     = 5
	uint32s    = 6
	singles    = 7
	doubles    = 9
	int64s     = 12
	uint64s    = 13
	matrix     = 14
	compressed = 15
	utf8s      = 16
	utf16s     = 17
	utf32s     = 18
)

// headerSize is the length of the text, the version and the mark of the byte order with which a file begins.
const headerSize = 128

// Parse reads the variables of a file from its bytes.
func Parse(data []byte) (map[string]Value, error) {
	if err := header(data); err != nil {
		return nil, err
	}
	variables := map[string]Value{}
	inflated := 0
	for s := (stream{data[headerSize:]}); len(s.rest) > 0; {
		kind, body, err := s.next()
		if err != nil {
			return nil, err
		}
		if kind == compressed {
			if body, err = inflate(body, most-inflated); err != nil {
				return nil, err
			}
			inflated += len(body)
			inner := stream{body}
			if kind, body, err = inner.next(); err != nil {
				return nil, err
			}
		}
		if kind != matrix {
			continue
		}
		name, v, err := array(body, 0)
		if err != nil {
			return nil, err
		}
		if name != "" && v != nil {
			variables[name] = v
		}
	}
	return variables, nil
}

// header tells files of version 5 from everything else.
func header(data []byte) error {
	const inHDF5 = "it is a MAT file of version 7.3 (HDF5), which is not read; " +
		"load it in MATLAB and save it again with save -v7"
	switch {
	case bytes.HasPrefix(data, []byte("\x89HDF\r\n\x1a\n")):
		return errors.New(inHDF5)
	case bytes.HasPrefix(data, []byte("version https://git-lfs")):
		return errors.New("it is a pointer of git-lfs, not the file; fetch it with `git lfs pull`")
	case len(data) < headerSize:
		return fmt.Errorf("it has %d bytes, less than the header of a MAT file; fetch it again", len(data))
	}
	switch string(data[124:128]) {
	case "\x00\x01IM":
		return nil
	case "\x00\x02IM", "\x02\x00MI":
		return errors.New(inHDF5)
	case "\x01\x00MI":
		return errors.New("its numbers are big-endian, as old workstations wrote them; " +
			"load it in MATLAB and save it again with save -v7")
	}
	return errors.New("it is no MAT file of version 5; fetch it again, or load it in MATLAB and save it with save -v7")
}

func inflate(data []byte, limit int) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("a compressed variable is damaged (%w); fetch the file again", err)
	}
	out, err := io.ReadAll(io.LimitReader(z, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("a compressed variable is damaged (%w); fetch the file again", err)
	}
	if len(out) > limit {
		return nil, fmt.Errorf("it unpacks to more than %d MB, as no list does", most>>20)
	}
	return out, nil
}

var (
	errShort = errors.New("it is truncated, or damaged: an element is longer than what is left; fetch it again")
	le       = binary.LittleEndian
)

// stream is a sequence of elements.
type stream struct{ rest []byte }

// next cuts off an element. Elements of up to four bytes may be packed into eight, with their length beside their type.
// Others begin at multiples of eight, save after a compressed one.
func (s *stream) next() (kind uint32, data []byte, err error) {
	if len(s.rest) < 8 {
		return 0, nil, errShort
	}
	kind = le.Uint32(s.rest)
	if n := kind >> 16; n > 0 {
		if n > 4 {
			return 0, nil, errShort
		}
		data, s.rest = s.rest[4:4+n], s.rest[8:]
		return kind & 0xffff, data, nil
	}
	size := uint64(le.Uint32(s.rest[4:]))
	s.rest = s.rest[8:]
	if size > uint64(len(s.rest)) {
		return 0, nil, errShort
	}
	end := size
	if kind != compressed {
		end = min((size+7)/8*8, uint64(len(s.rest)))
	}
	data, s.rest = s.rest[:size], s.rest[end:]
	return kind, data, nil
}
