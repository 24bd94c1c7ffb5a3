package tabular

import (
	"encoding/binary"
	"math"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/train/fault"
)

// rows visits the rows of all batches. Of images only the places are read.
func (a *arrowFile) rows(of choice, visit func(tableRow) error) error {
	for at := a.batches; ; {
		m, err := a.message(at)
		if err != nil || m == nil {
			return err
		}
		at = m.body + m.length
		if m.kind != batchMessage { // dictionaries of columns that are not looked at
			continue
		}
		if m.header.field(3) > 0 {
			return fault.Corruptf("dataset: %s is compressed, which saved data sets are not; "+
				"save it with datasets.save_to_disk", a.name)
		}
		if err := a.batch(m, of, visit); err != nil {
			return err
		}
	}
}

func (a *arrowFile) batch(m *arrowMessage, of choice, visit func(tableRow) error) error {
	pictures, labels := a.field(of.image.name), a.field(of.label.name)
	rows := m.header.long(0)
	if rows < 0 || rows > m.length*8 { // each takes a bit or more
		return fault.Corruptf("dataset: %s: a batch of %d bytes has %d rows", a.name, m.length, rows)
	}
	bytesField, pathField := pictures.image()
	record, err := a.validity(m, pictures, rows)
	if err != nil {
		return err
	}
	images, err := a.strings(m, bytesField, rows)
	if err != nil {
		return err
	}
	label, err := a.labels(m, labels, rows)
	if err != nil {
		return err
	}
	client, err := a.clients(m, of.client, rows)
	if err != nil {
		return err
	}
	var paths *arrowStrings
	for i := range rows {
		row := tableRow{number: -1, client: client(i)}
		if record.has(i) && images.has(i) {
			row.at = dataset.Place{
				File: a.number, Offset: images.data.at + images.offset(i), Size: images.offset(i+1) - images.offset(i),
			}
		} else if row.null = true; pathField != nil {
			if paths == nil {
				if paths, err = a.texts(m, pathField, rows); err != nil {
					return err
				}
			}
			row.path = paths.text(i)
		}
		label(i, &row)
		if err := visit(row); err != nil {
			return err
		}
	}
	return nil
}

// bitmap tells which rows have a value; nil means all.
type bitmap []byte

func (b bitmap) has(i int64) bool { return b == nil || b[i/8]>>(i%8)&1 != 0 }

func (a *arrowFile) validity(m *arrowMessage, f *arrowField, rows int64) (bitmap, error) {
	at, n := m.header.vector(1, 16)
	if f.node >= n {
		return nil, fault.Corruptf("dataset: %s: a batch describes %d columns, fewer than there are", a.name, n)
	}
	if length := m.header.i64(at + 16*f.node); length != rows {
		return nil, fault.Corruptf("dataset: %s: column %s has %d values in %d rows", a.name, f.name, length, rows)
	}
	if m.header.i64(at+16*f.node+8) == 0 {
		return nil, nil
	}
	return a.read(m, f.buffer, (rows+7)/8)
}

// arrowStrings are the values of a column of bytes or text.
type arrowStrings struct {
	bitmap
	offsets []byte
	wide    bool
	data    arrowBuffer
	loaded  []byte // the text itself
}

func (s *arrowStrings) offset(i int64) int64 {
	if s.wide {
		return int64(binary.LittleEndian.Uint64(s.offsets[8*i:]))
	}
	return int64(binary.LittleEndian.Uint32(s.offsets[4*i:]))
}

func (s *arrowStrings) text(i int64) []byte {
	if !s.has(i) {
		return nil
	}
	return s.loaded[s.offset(i):s.offset(i+1):s.offset(i+1)]
}

// strings reads where the values are.
func (a *arrowFile) strings(m *arrowMessage, f *arrowField, rows int64) (*arrowStrings, error) {
	s := &arrowStrings{wide: f.kind == arrowLargeBinary || f.kind == arrowLargeUtf8}
	var err error
	if s.bitmap, err = a.validity(m, f, rows); err != nil {
		return nil, err
	}
	width := int64(4)
	if s.wide {
		width = 8
	}
	if rows > 0 { // else there may be no offset at all
		if s.offsets, err = a.read(m, f.buffer+1, (rows+1)*width); err != nil {
			return nil, err
		}
	}
	if s.data, err = a.buffer(m, f.buffer+2); err != nil {
		return nil, err
	}
	for i := range rows {
		if from, to := s.offset(i), s.offset(i+1); from < 0 || to < from || to > s.data.size {
			return nil, fault.Corruptf("dataset: %s: value %d of column %s goes from byte %d to %d of %d",
				a.name, i, f.name, from, to, s.data.size)
		}
	}
	return s, nil
}

// texts reads the values themselves.
func (a *arrowFile) texts(m *arrowMessage, f *arrowField, rows int64) (*arrowStrings, error) {
	s, err := a.strings(m, f, rows)
	if err == nil {
		s.loaded, err = a.read(m, f.buffer+2, 0)
	}
	return s, err
}

// labels reads a column of labels, and returns what fills them in.
func (a *arrowFile) labels(m *arrowMessage, f *arrowField, rows int64) (func(int64, *tableRow), error) {
	if f.kind == arrowUtf8 || f.kind == arrowLargeUtf8 {
		words, err := a.texts(m, f, rows)
		return func(i int64, row *tableRow) { row.word = words.text(i) }, err
	}
	valid, err := a.validity(m, f, rows)
	if err != nil {
		return nil, err
	}
	bits := int64(f.bits)
	if f.kind == arrowBool {
		bits = 1
	}
	values, err := a.read(m, f.buffer+1, (rows*bits+7)/8)
	if err != nil {
		return nil, err
	}
	return func(i int64, row *tableRow) {
		if valid.has(i) {
			row.number = wholeOf(values, i, f)
		}
	}, nil
}

// wholeOf is value i of a column of whole numbers; those that are too large for a label are the largest of all.
func wholeOf(values []byte, i int64, f *arrowField) int64 {
	var u uint64
	switch {
	case f.kind == arrowBool:
		u = uint64(values[i/8] >> (i % 8) & 1)
	case f.bits == 8:
		u = uint64(values[i])
	case f.bits == 16:
		u = uint64(binary.LittleEndian.Uint16(values[2*i:]))
	case f.bits == 32:
		u = uint64(binary.LittleEndian.Uint32(values[4*i:]))
	default:
		u = binary.LittleEndian.Uint64(values[8*i:])
	}
	if f.signed {
		return int64(u<<(64-f.bits)) >> (64 - f.bits)
	}
	return int64(min(u, math.MaxInt64))
}
