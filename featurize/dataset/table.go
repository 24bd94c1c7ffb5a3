package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// table is a list of items in the order in which they were added. Labels and offsets are in memory, 12 bytes an item; names and
// places too while they are few, and else in a temporary file. It is written first and read afterwards, then from several
// goroutines at once.
type table struct {
	labels  []int32
	offsets []int64 // where the records begin in the stream of all records
	pending []byte  // the end of the stream, not in the file yet
	file    *os.File
	written int64 // length of the file
}

// spill is the number of bytes of records beyond which they go to disk.
var spill = 4 << 20

func (t *table) len() int { return len(t.labels) }

func (t *table) add(name string, label int32, at place) error {
	t.labels = append(t.labels, label)
	t.offsets = append(t.offsets, t.written+int64(len(t.pending)))
	t.pending = binary.AppendUvarint(t.pending, uint64(at.file))
	t.pending = binary.AppendUvarint(t.pending, uint64(at.offset))
	t.pending = binary.AppendUvarint(t.pending, uint64(at.size))
	t.pending = append(t.pending, name...)
	if len(t.pending) > spill {
		return t.flush()
	}
	return nil
}

func (t *table) flush() (err error) {
	if t.file == nil {
		if t.file, err = newScratch("list"); err != nil {
			return fmt.Errorf("dataset: list of images: %w", err)
		}
	}
	if _, err := t.file.Write(t.pending); err != nil {
		return fmt.Errorf("dataset: list of images: %w", err)
	}
	t.written += int64(len(t.pending))
	t.pending = t.pending[:0]
	return nil
}

// at returns item i.
func (t *table) at(i int) (Item, error) {
	start, end := t.offsets[i], t.written+int64(len(t.pending))
	if i+1 < len(t.offsets) {
		end = t.offsets[i+1]
	}
	var record []byte
	if start >= t.written {
		record = t.pending[start-t.written : end-t.written]
	} else {
		record = make([]byte, end-start)
		if _, err := t.file.ReadAt(record, start); err != nil && !errors.Is(err, io.EOF) {
			return Item{}, fmt.Errorf("dataset: list of images: %w", err)
		}
	}
	it := Item{Label: t.labels[i]}
	for _, into := range []func(uint64){func(v uint64) { it.place.file = uint32(v) }, func(v uint64) { it.place.offset = int64(v) }, func(v uint64) { it.place.size = int64(v) }} {
		v, n := binary.Uvarint(record)
		if n <= 0 {
			return Item{}, errors.New("dataset: the temporary list of images was changed")
		}
		into(v)
		record = record[n:]
	}
	it.Name = string(record)
	return it, nil
}

func (t *table) close() error { return dropScratch(t.file) }
