package models

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
)

// kind is a protocol buffer message of onnx.proto3 that can lead to an external data location.
type kind int

const (
	modelProto kind = iota
	graphProto
	nodeProto
	attributeProto
	tensorProto
	sparseTensorProto
	entryProto
	text // a string to collect
)

// fields gives, by field number, where the locations lie; everything else in a file is skipped.
var fields = map[kind]map[uint64]kind{
	modelProto:        {7: graphProto},
	graphProto:        {1: nodeProto, 5: tensorProto, 15: sparseTensorProto},
	nodeProto:         {5: attributeProto},
	attributeProto:    {5: tensorProto, 6: graphProto, 10: tensorProto, 11: graphProto, 22: sparseTensorProto, 23: sparseTensorProto},
	sparseTensorProto: {1: tensorProto, 2: tensorProto},
	tensorProto:       {13: entryProto},
	entryProto:        {1: text, 2: text}, // key, value
}

// The bounds keep a damaged file from costing more than an error.
const (
	maxNesting  = 64
	maxLocation = 4096 // bytes of a path
)

var errProto = errors.New("bad protocol buffer")

// externalData returns the distinct locations of weights outside an ONNX file of the given size, sorted.
// It reads only field headers, so the cost does not depend on the size of the weights.
func externalData(r io.ReaderAt, size int64) ([]string, error) {
	if size == 0 {
		return nil, errors.New("the file is empty")
	}
	w := &walker{r: r, found: map[string]bool{}}
	if err := w.walk(modelProto, 0, size, 0); err != nil {
		return nil, err
	}
	var out []string
	for l := range w.found {
		out = append(out, l)
	}
	slices.Sort(out)
	return out, nil
}

type walker struct {
	r     io.ReaderAt
	found map[string]bool
	buf   [4096]byte
	at    int64 // offset of buf
	have  int   // valid bytes of buf
	key   string
}

// walk visits the fields of the message of kind k that lies in [from, to).
func (w *walker) walk(k kind, from, to int64, depth int) error {
	if depth > maxNesting {
		return errProto
	}
	if k == entryProto {
		w.key = ""
	}
	for pos := from; pos < to; {
		tag, n, err := w.varint(pos, to)
		if err != nil {
			return err
		}
		pos += n
		length := int64(0)
		switch tag & 7 {
		case 0: // varint
			_, length, err = w.varint(pos, to)
		case 1:
			length = 8
		case 2: // length-delimited
			var l uint64
			l, n, err = w.varint(pos, to)
			if err == nil && l > uint64(to) {
				err = errProto
			}
			pos, length = pos+n, int64(l)
		case 5:
			length = 4
		default: // groups do not occur in ONNX
			err = errProto
		}
		if err == nil && length > to-pos {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		if sub, known := fields[k][tag>>3]; known && tag&7 == 2 {
			if sub == text {
				err = w.entry(tag>>3, pos, length)
			} else {
				err = w.walk(sub, pos, pos+length, depth+1)
			}
			if err != nil {
				return err
			}
		}
		pos += length
	}
	return nil
}

// entry reads a key or a value; of the pairs, only "location" matters. Writers put the key first.
func (w *walker) entry(field uint64, pos, length int64) error {
	if length > maxLocation {
		return errProto
	}
	b := make([]byte, length)
	if _, err := w.r.ReadAt(b, pos); err != nil && !(err == io.EOF && length == 0) {
		return err
	}
	if field == 1 {
		w.key = string(b)
	} else if w.key == "location" {
		w.found[string(b)] = true
	}
	return nil
}

// varint decodes the number at pos and returns how many bytes it takes.
func (w *walker) varint(pos, to int64) (uint64, int64, error) {
	if pos < w.at || pos+binary.MaxVarintLen64 > w.at+int64(w.have) {
		n, err := w.r.ReadAt(w.buf[:], pos)
		if err != nil && err != io.EOF {
			return 0, 0, err
		}
		w.at, w.have = pos, n
	}
	b := w.buf[pos-w.at : w.have]
	if rest := to - pos; int64(len(b)) > rest {
		b = b[:rest]
	}
	x, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, 0, io.ErrUnexpectedEOF
	}
	return x, int64(n), nil
}
