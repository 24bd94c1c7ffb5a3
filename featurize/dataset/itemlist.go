package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
)

// List is a list of items in the order in which they were added. Labels and offsets are in memory, 12 bytes an item, 16
// where items have clients, and, until they are asked for, hashes of the names, 8 bytes; names and places too while
// they are few, and else in a temporary file. It is written first and read afterwards, then from several goroutines at
// once.
type List struct {
	labels  []int32
	offsets []int64 // where the records begin in the stream of all records
	pending []byte  // the end of the stream, not in the file yet
	file    *os.File
	written int64 // length of the file
	seed    maphash.Seed
	hashes  []uint64 // of the names
	owners  owners
}

// spill is the number of bytes of records beyond which they go to disk.
var spill = 4 << 20

// Len is the number of items.
func (l *List) Len() int { return len(l.labels) }

// Label is the label of item i.
func (l *List) Label(i int) int32 { return l.labels[i] }

// Add appends an item.
func (l *List) Add(it Item) error {
	if l.hashes == nil {
		l.seed = maphash.MakeSeed()
	}
	l.hashes = append(l.hashes, maphash.String(l.seed, it.Name))
	l.owners.set(len(l.labels), it.Client)
	l.labels = append(l.labels, it.Label)
	l.offsets = append(l.offsets, l.written+int64(len(l.pending)))
	l.pending = binary.AppendUvarint(l.pending, uint64(it.Place.File))
	l.pending = binary.AppendUvarint(l.pending, uint64(it.Place.Offset))
	l.pending = binary.AppendUvarint(l.pending, uint64(it.Place.Size))
	l.pending = append(l.pending, it.Name...)
	if len(l.pending) > spill {
		return l.flush()
	}
	return nil
}

func (l *List) flush() (err error) {
	if l.file == nil {
		if l.file, err = disk.NewScratch("list"); err != nil {
			return fmt.Errorf("dataset: list of images: %w", err)
		}
	}
	if _, err := l.file.Write(l.pending); err != nil {
		return fmt.Errorf("dataset: list of images: %w", err)
	}
	l.written += int64(len(l.pending))
	l.pending = l.pending[:0]
	return nil
}

// At returns item i.
func (l *List) At(i int) (Item, error) {
	start, end := l.offsets[i], l.written+int64(len(l.pending))
	if i+1 < len(l.offsets) {
		end = l.offsets[i+1]
	}
	var record []byte
	if start >= l.written {
		record = l.pending[start-l.written : end-l.written]
	} else {
		record = make([]byte, end-start)
		if _, err := l.file.ReadAt(record, start); err != nil && !errors.Is(err, io.EOF) {
			return Item{}, fmt.Errorf("dataset: list of images: %w", err)
		}
	}
	var fields [3]uint64 // of the place
	for i := range fields {
		v, n := binary.Uvarint(record)
		if n <= 0 {
			return Item{}, errors.New("dataset: the temporary list of images was changed")
		}
		fields[i], record = v, record[n:]
	}
	return Item{
		Name:   string(record),
		Label:  l.labels[i],
		Client: l.owners.at(i),
		Place:  Place{uint32(fields[0]), int64(fields[1]), int64(fields[2])},
	}, nil
}

// Alike returns the items whose names occur more than once, in their order: all of those, and hardly any other. It can
// be asked once, when the list is complete: the hashes, by which it is found out, are gone then.
func (l *List) Alike() (some []int) {
	sorted := slices.Clone(l.hashes)
	slices.Sort(sorted)
	twice := map[uint64]bool{}
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] {
			twice[sorted[i]] = true
		}
	}
	for i, h := range l.hashes {
		if twice[h] {
			some = append(some, i)
		}
	}
	l.hashes = nil
	return some
}

// Close removes the temporary file.
func (l *List) Close() error { return disk.DropScratch(l.file) }
