package graph

import (
	"encoding/binary"
	"errors"
	"io"
)

var errProto = errors.New("bad protocol buffer")

// proto reads the fields of protocol buffer messages in a file, without reading what lies in them: skipping a gigabyte
// of weights costs nothing.
type proto struct {
	r    io.ReaderAt
	buf  [4096]byte
	at   int64 // offset of buf
	have int   // valid bytes of buf
}

// field is one field of a message, which begins at start. Length-delimited ones lie in [pos, pos+length); of others,
// value is the number.
type field struct {
	number      uint64
	delimited   bool
	value       uint64
	start       int64
	pos, length int64
}

func (f field) end() int64 { return f.pos + f.length }

// each visits the fields of the message that lies in [from, to).
func (p *proto) each(from, to int64, visit func(field) error) error {
	for pos := from; pos < to; {
		tag, n, err := p.varint(pos, to)
		if err != nil {
			return err
		}
		f := field{number: tag >> 3, start: pos}
		pos += n
		switch tag & 7 {
		case 0: // varint
			f.value, f.length, err = p.varint(pos, to)
		case 1:
			f.length = 8
		case 2: // length-delimited
			var l uint64
			f.delimited = true
			l, n, err = p.varint(pos, to)
			if err == nil && l > uint64(to) {
				err = errProto
			}
			pos, f.length = pos+n, int64(l)
		case 5:
			f.length = 4
		default: // groups do not occur in ONNX
			err = errProto
		}
		if err == nil && f.length > to-pos {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		f.pos = pos
		if err := visit(f); err != nil {
			return err
		}
		pos += f.length
	}
	return nil
}

// inside visits the fields of the message in f.
func (p *proto) inside(f field, visit func(field) error) error {
	if !f.delimited {
		return errProto
	}
	return p.each(f.pos, f.pos+f.length, visit)
}

// maxString bounds names and paths, so that a damaged file costs no more than an error.
const maxString = 4096

// text reads a string field.
func (p *proto) text(f field) (string, error) {
	if !f.delimited || f.length > maxString {
		return "", errProto
	}
	b := make([]byte, f.length)
	if _, err := p.r.ReadAt(b, f.pos); err != nil && !(err == io.EOF && f.length == 0) {
		return "", err
	}
	return string(b), nil
}

// varint decodes the number at pos and returns how many bytes it takes.
func (p *proto) varint(pos, to int64) (uint64, int64, error) {
	if pos < p.at || pos+binary.MaxVarintLen64 > p.at+int64(p.have) {
		n, err := p.r.ReadAt(p.buf[:], pos)
		if err != nil && err != io.EOF {
			return 0, 0, err
		}
		p.at, p.have = pos, n
	}
	b := p.buf[pos-p.at : p.have]
	if rest := to - pos; int64(len(b)) > rest {
		b = b[:rest]
	}
	x, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, 0, io.ErrUnexpectedEOF
	}
	return x, int64(n), nil
}
