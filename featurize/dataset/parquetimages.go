package dataset

import (
	"errors"
	"io"
	"slices"
	"sort"
	"sync"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/parquet-go/parquet-go"
)

// parquetImages reads images out of tables, of which only whole pages can be had: a page is read once for all of its images if they are
// asked for in about their order. It keeps one file open, and the pages that were used last.
type parquetImages struct {
	paths  []string // by place.file
	column string

	mu     sync.Mutex
	at     pageReader
	recent []*imagePage // the latest first
	bytes  int          // of those
}

// keptBytes bounds the pages that are kept; the latest two are in any case. One page holds a megabyte of images as a rule, and a whole
// row group of them in some files.
var keptBytes = 32 << 20

// keptPages bounds their number.
const keptPages = 256

// imagePage is the images of successive rows.
type imagePage struct {
	file   uint32
	first  int64
	images [][]byte // nil where there is none
	bytes  int
}

func (t *parquetImages) Read(it Item) ([]byte, error) {
	page, err := t.page(it.place.file, it.place.offset)
	if err != nil {
		return nil, err
	}
	image := page.images[it.place.offset-page.first]
	if image == nil {
		return nil, fault.Missingf("%s holds no image in row %d", t.paths[it.place.file], it.place.offset)
	}
	return slices.Clone(image), nil // else it would keep the page
}

func (t *parquetImages) page(file uint32, row int64) (*imagePage, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, p := range t.recent {
		if p.file == file && row >= p.first && row-p.first < int64(len(p.images)) {
			copy(t.recent[1:i+1], t.recent[:i])
			t.recent[0] = p
			return p, nil
		}
	}
	if err := t.at.open(file, t.paths[file]); err != nil {
		return nil, err
	}
	for {
		p, err := t.at.next(t.column, row)
		if err != nil {
			t.at.close()
			return nil, err
		}
		t.keep(p)
		if row-p.first < int64(len(p.images)) {
			return p, nil
		}
	}
}

func (t *parquetImages) keep(p *imagePage) {
	t.recent = slices.Insert(t.recent, 0, p)
	t.bytes += p.bytes
	for len(t.recent) > 2 && (t.bytes > keptBytes || len(t.recent) > keptPages) {
		last := len(t.recent) - 1
		t.bytes -= t.recent[last].bytes
		t.recent[last] = nil
		t.recent = t.recent[:last]
	}
}

func (t *parquetImages) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.recent, t.bytes = nil, 0
	t.at.close()
	return nil
}

// pageReader goes through the pages of one file.
type pageReader struct {
	file   *parquetFile
	starts []int64 // first rows of the row groups, and behind the last
	group  int     // where it is
	pages  *parquet.FilePages
	index  parquet.OffsetIndex // where the pages of the group lie; nil if the file does not say
	row    int64               // the first of the next page
}

func (r *pageReader) open(number uint32, path string) (err error) {
	if r.file != nil && r.file.number == number {
		return nil
	}
	defer recovered(path, &err)
	r.close()
	if r.file, err = openParquetFile(path); err != nil {
		return err
	}
	r.file.number = number
	r.starts = []int64{0}
	for _, g := range r.file.RowGroups() {
		r.starts = append(r.starts, r.starts[len(r.starts)-1]+g.NumRows())
	}
	return nil
}

func (r *pageReader) leave() {
	if r.pages != nil {
		_ = r.pages.Close() // it never fails
		r.pages = nil
	}
}

func (r *pageReader) close() {
	r.leave()
	if r.file != nil {
		_ = r.file.close() // it was only read
		r.file = nil
	}
}

// next reads the page of a row, or one on the way to it.
func (r *pageReader) next(column string, row int64) (_ *imagePage, err error) {
	defer recovered(r.file.name, &err)
	group := sort.Search(len(r.starts), func(i int) bool { return r.starts[i] > row }) - 1
	if group == len(r.starts)-1 {
		return nil, fault.Corruptf("%s has only %d rows; was it changed?", r.file.name, r.starts[group])
	}
	start := r.starts[group]
	if r.pages == nil || group != r.group || row < r.row {
		r.leave()
		chunk := r.file.chunk(r.file.RowGroups()[group], column, "bytes")
		r.index = nil
		if int(r.file.Metadata().RowGroups[group].Ordinal) == group { // the library finds the index by it, and not all writers set it
			r.index, _ = chunk.OffsetIndex()
		}
		r.pages, r.group, r.row = chunk.Pages().(*parquet.FilePages), group, start
	}
	if r.index != nil {
		i := sort.Search(r.index.NumPages(), func(i int) bool { return r.index.FirstRowIndex(i) > row-start }) - 1
		if first := start + r.index.FirstRowIndex(max(i, 0)); first > r.row {
			if err := r.pages.SeekToRow(first - start); err != nil {
				return nil, fault.Corruptf("%s: row %d: %w", r.file.name, row, err)
			}
			r.row = first
		}
	}
	page, err := r.pages.ReadPage()
	if errors.Is(err, io.EOF) {
		return nil, fault.Corruptf("%s ends before row %d of its images", r.file.name, row)
	} else if err != nil {
		return nil, fault.Corruptf("%s: row %d: %w", r.file.name, row, err)
	}
	if rest := r.starts[group+1] - r.row; page.NumValues() > rest {
		return nil, fault.Corruptf("%s: a page has %d images for %d rows", r.file.name, page.NumValues(), rest)
	}
	p := &imagePage{file: r.file.number, first: r.row}
	values := make([]parquet.Value, page.NumValues())
	n, err := page.Values().ReadValues(values)
	if n < len(values) {
		return nil, fault.Corruptf("%s: row %d: %w", r.file.name, row, err)
	}
	for _, v := range values { // they lie in the page, which is therefore never given back to the library
		var image []byte
		if !v.IsNull() {
			image = v.ByteArray()
		}
		p.images, p.bytes = append(p.images, image), p.bytes+len(image)
	}
	r.row += int64(len(p.images))
	return p, nil
}
