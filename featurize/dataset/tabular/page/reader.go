// Package page reads the pages of a parquet file's columns: what is packed in them, and the values. It takes nothing
// for granted. A page that claims more memory than pictures need is refused before there is room for it, and what is
// unpacked has the length that its header says, or it is an error.
//
// Values are read of columns that are not repeated, since no picture's or label's is.
package page

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// Refusal is an error that is not damage: it names its remedy.
type Refusal string

func (r Refusal) Error() string { return string(r) }

func refuse(format string, args ...any) error { return Refusal(fmt.Sprintf(format, args...)) }

// Chunk is a column's part of a row group.
type Chunk struct {
	Kind    Kind
	Codec   Codec
	Highest int   // definition level; lower ones are of nulls
	Begin   int64 // in the file, of its first page, be it the dictionary
	End     int64
}

// Reader goes through the pages of a chunk.
type Reader struct {
	file  io.ReaderAt
	chunk Chunk
	at    int64
	dict  *Page
}

// NewReader starts at the beginning.
func NewReader(file io.ReaderAt, c Chunk) *Reader { return &Reader{file: file, chunk: c, at: c.Begin} }

// MoveTo goes to the page that begins at a place of the file.
func (r *Reader) MoveTo(at int64) error {
	if at < r.chunk.Begin || at > r.chunk.End {
		return errors.New("the index of pages leads out of their column")
	}
	r.at = at
	return nil
}

// Next decodes the next page of values. The error is io.EOF at the end.
func (r *Reader) Next() (*Page, error) {
	for r.at < r.chunk.End {
		h, data, err := r.raw()
		if err != nil {
			return nil, err
		}
		switch h.kind {
		case indexPage: // nothing that is needed
		case dictionaryPage:
			err = r.define(h, data)
		case dataPage, dataPageV2:
			if r.dict == nil && (h.encoding == plainDictionary || h.encoding == dictionary) {
				if err := r.findDictionary(); err != nil {
					return nil, err
				}
			}
			return r.values(h, data)
		default:
			err = fmt.Errorf("pages of type %d are not read", h.kind)
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, io.EOF
}

// raw reads a page as it lies in the file.
func (r *Reader) raw() (header, []byte, error) {
	h, n, err := readHeader(r.file, r.at, r.chunk.End)
	if err != nil {
		return h, nil, err
	}
	r.at += n
	if h.packed > r.chunk.End-r.at {
		return h, nil, errors.New("a page reaches beyond its column")
	}
	data := make([]byte, h.packed)
	if _, err := io.ReadFull(io.NewSectionReader(r.file, r.at, h.packed), data); err != nil {
		return h, nil, err
	}
	r.at += h.packed
	if h.sum != 0 && crc32.ChecksumIEEE(data) != uint32(h.sum) {
		return h, nil, errors.New("the checksum of a page is wrong")
	}
	return h, data, nil
}

// define takes a dictionary.
func (r *Reader) define(h header, data []byte) error {
	data, err := r.chunk.Codec.unpack(data, h.whole)
	if err != nil {
		return err
	}
	dict, err := r.chunk.Kind.decode(data, int(h.values), plain, nil)
	r.dict = &dict
	return err
}

// findDictionary reads the dictionary at the beginning, when the pages are not read from there on.
func (r *Reader) findDictionary() error {
	back := r.at
	defer func() { r.at = back }()
	r.at = r.chunk.Begin
	h, data, err := r.raw()
	if err != nil {
		return err
	}
	if h.kind != dictionaryPage {
		return errors.New("a page refers to a dictionary that is not there")
	}
	return r.define(h, data)
}

// values decodes a page of them.
func (r *Reader) values(h header, data []byte) (_ *Page, err error) {
	var levels []byte
	if h.kind == dataPageV2 {
		levels = data[h.repetition : h.repetition+h.definition]
		if data = data[h.repetition+h.definition:]; !h.uncompressed {
			data, err = r.chunk.Codec.unpack(data, h.whole-h.repetition-h.definition)
		}
	} else if data, err = r.chunk.Codec.unpack(data, h.whole); err == nil && r.chunk.Highest > 0 {
		if h.levels != runLength {
			return nil, refuse("levels of encoding %d are not read; write the table anew", h.levels)
		}
		if len(data) < 4 || uint64(binary.LittleEndian.Uint32(data)) > uint64(len(data)-4) {
			return nil, errShort
		}
		end := 4 + int(binary.LittleEndian.Uint32(data))
		levels, data = data[4:end], data[end:]
	}
	if err != nil {
		return nil, err
	}
	null, present, err := nulls(levels, int(h.values), r.chunk.Highest)
	if err != nil {
		return nil, err
	}
	p, err := r.chunk.Kind.decode(data, present, h.encoding, r.dict)
	if err != nil {
		return nil, err
	}
	p.Rows, p.Null = int(h.values), null
	p.Numbers, p.Floats, p.Bytes = spread(p.Numbers, null), spread(p.Floats, null), spread(p.Bytes, null)
	return &p, nil
}
