package tabular

import (
	"slices"
	"sync"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/train/fault"
)

// parquetImages reads images out of tables, of which only whole pages can be had: a page is read once for all of its
// images if they are asked for in about their order. It keeps one file open, and the pages that were used last.
type parquetImages struct {
	paths  []string // by Place.File
	column string

	mu     sync.Mutex
	at     pageReader
	recent []*imagePage // the latest first
	bytes  int          // of those
}

// keptBytes bounds the pages that are kept; the latest two are in any case. One page holds a megabyte of images as a
// rule, and a whole row group of them in some files.
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

func (t *parquetImages) Read(it dataset.Item) ([]byte, error) {
	page, err := t.page(it.Place.File, it.Place.Offset)
	if err != nil {
		return nil, err
	}
	image := page.images[it.Place.Offset-page.first]
	if image == nil {
		return nil, fault.Missingf("%s holds no image in row %d", t.paths[it.Place.File], it.Place.Offset)
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
