package page

import (
	"errors"
	"io"
	"slices"
)

// The types of pages, and how values and levels are encoded (parquet.thrift).
const (
	dataPage, indexPage, dictionaryPage, dataPageV2 = 0, 1, 2, 3

	plain, plainDictionary, runLength, deltaPacked = 0, 2, 3, 5
	deltaLength, deltaBytes, dictionary, byteSplit = 6, 7, 8, 9
)

// header is what stands before a page.
type header struct {
	kind         int64
	whole        int64 // bytes of the page when it is unpacked
	packed       int64 // bytes in the file
	sum          int64 // CRC-32 of those; 0 is none
	values       int64 // nulls included
	encoding     int64
	levels       int64 // how levels are encoded
	nulls        int64 // V2
	definition   int64 // V2: bytes of levels, which are never packed
	repetition   int64
	uncompressed bool // V2: so are the values
}

// mostHeader bounds a header, which may hold a column's smallest and largest value: pictures, where writers do not cut
// them short.
const mostHeader = 16 << 20

// readHeader reads the header at a place, before end, and tells how long it is.
func readHeader(r io.ReaderAt, at, end int64) (h header, n int64, err error) {
	for size := int64(1 << 12); ; size *= 8 {
		data := make([]byte, min(size, end-at))
		if _, err := io.ReadFull(io.NewSectionReader(r, at, end-at), data); err != nil {
			return h, 0, err
		}
		h = header{levels: runLength}
		w := Walk{Rest: data, Most: mostHeader, Visit: h.set}
		if w.Struct(); !w.Bad {
			return h, int64(len(data) - len(w.Rest)), h.check()
		} else if size >= min(mostHeader, end-at) {
			return h, 0, errors.New("the header of a page is damaged")
		}
	}
}

// set takes a field of the header.
func (h *header) set(path []int, v int64) {
	if len(path) > 2 {
		return
	}
	var at [2]int
	copy(at[:], path)
	switch at {
	case [2]int{1}:
		h.kind = v
	case [2]int{2}:
		h.whole = v
	case [2]int{3}:
		h.packed = v
	case [2]int{4}:
		h.sum = v
	case [2]int{5, 1}, [2]int{7, 1}, [2]int{8, 1}: // of the three kinds of pages
		h.values = v
	case [2]int{5, 2}, [2]int{7, 2}, [2]int{8, 4}:
		h.encoding = v
	case [2]int{5, 3}:
		h.levels = v
	case [2]int{8, 2}:
		h.nulls = v
	case [2]int{8, 5}:
		h.definition = v
	case [2]int{8, 6}:
		h.repetition = v
	case [2]int{8, 7}:
		h.uncompressed = v == 0
	}
}

// mostValues bounds those of a page. Runs of equal values take next to no room in a page, but some outside.
const mostValues = 1 << 23

// mostBytes bounds those of an unpacked page: pictures hardly shrink, and pages of other things are small.
func mostBytes(packed int64) int64 { return max(1<<28, 32*packed) }

// check refuses what cannot be, and what would take too much memory.
func (h header) check() error {
	all := []int64{h.whole, h.packed, h.values, h.nulls, h.definition, h.repetition}
	switch {
	case slices.Min(all) < 0 || h.nulls > h.values || h.definition+h.repetition > min(h.whole, h.packed):
		return errors.New("the header of a page is damaged")
	case h.whole > mostBytes(h.packed):
		return refuse("a page of %d bytes unpacks to %d, as no page of pictures does; "+
			"write the table anew with smaller pages", h.packed, h.whole)
	case h.values > mostValues:
		return refuse("a page has %d values, more than %d; write the table anew with smaller pages",
			h.values, mostValues)
	}
	return nil
}
