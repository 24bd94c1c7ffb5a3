package tabular

import (
	"errors"
	"io"
	"sort"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/parquet-go/parquet-go"
)

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
		// the library finds the index by it, and not all writers set it
		if int(r.file.Metadata().RowGroups[group].Ordinal) == group {
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
