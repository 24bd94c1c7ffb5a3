package tabular

import (
	"errors"
	"io"
	"sort"

	"github.com/fedpurel/fedpurel/featurize/dataset/tabular/page"
	"github.com/fedpurel/fedpurel/train/fault"
)

// pageReader goes through the pages of one file.
type pageReader struct {
	file   *parquetFile
	starts []int64 // first rows of the row groups, and behind the last
	group  int     // where it is
	pages  *page.Reader
	index  []page.Location // where the pages of the group lie; nil if the file does not say
	row    int64           // the first of the next page
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
	for _, g := range r.file.Metadata().RowGroups {
		r.starts = append(r.starts, r.starts[len(r.starts)-1]+g.NumRows)
	}
	return nil
}

func (r *pageReader) close() {
	r.pages = nil
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
		chunk, err := r.file.chunk(group, column, "bytes")
		if err != nil {
			return nil, err
		}
		r.index = r.file.index(group, column)
		r.pages, r.group, r.row = page.NewReader(r.file.file, chunk), group, start
	}
	i := sort.Search(len(r.index), func(i int) bool { return r.index[i].Row > row-start }) - 1
	if i >= 0 && start+r.index[i].Row > r.row {
		if err := r.pages.MoveTo(r.index[i].At); err != nil {
			return nil, fault.Corruptf("%s: row %d: %w", r.file.name, row, err)
		}
		r.row = start + r.index[i].Row
	}
	values, err := r.pages.Next()
	if errors.Is(err, io.EOF) {
		return nil, fault.Corruptf("%s ends before row %d of its images", r.file.name, row)
	} else if err != nil {
		return nil, fault.Corruptf("%s: row %d: %w%s", r.file.name, row, err, remedy(err))
	}
	if rest := r.starts[group+1] - r.row; int64(values.Rows) > rest {
		return nil, fault.Corruptf("%s: a page has %d images for %d rows", r.file.name, values.Rows, rest)
	}
	p := &imagePage{file: r.file.number, first: r.row, images: values.Bytes}
	for _, image := range values.Bytes {
		p.bytes += len(image)
	}
	if p.images == nil { // all are null
		p.images = make([][]byte, values.Rows)
	}
	r.row += int64(values.Rows)
	return p, nil
}
