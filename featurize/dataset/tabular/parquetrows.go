package tabular

import (
	"errors"
	"io"
	"math"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/tabular/page"
	"github.com/fedpurel/fedpurel/train/fault"
)

// rows reads the labels and, where a part of the table has images that are not in it, what there is of those.
func (p *parquetFile) rows(of choice, visit func(tableRow) error) (err error) {
	label := of.label
	defer recovered(p.name, &err)
	first := int64(0)
	for group, about := range p.Metadata().RowGroups {
		absent, paths, err := p.absent(group, of.image)
		if err != nil {
			return err
		}
		clients, err := p.clients(group, of.client)
		if err != nil {
			return err
		}
		i := 0
		err = p.values(group, label.name, "", func(v *page.Page, at int) error {
			if int64(i) >= about.NumRows {
				return fault.Corruptf("dataset: %s: column %s has more values than there are rows (%d); fetch it again",
					p.name, label.name, about.NumRows)
			}
			row := tableRow{at: dataset.Place{File: p.number, Offset: first + int64(i)}, number: -1}
			if i < len(absent) && absent[i] {
				row.null = true
				if i < len(paths) {
					row.path = paths[i]
				}
			}
			if i < len(clients) {
				row.client = clients[i]
			}
			i++
			switch {
			case v.IsNull(at):
			case label.kind == wordColumn:
				row.word = v.Bytes[at]
			default:
				n, whole := wholeAt(v, at)
				if !whole {
					return fault.Corruptf("dataset: %s: column %s: row %d has the label %v, "+
						"which is no whole number; cast the column to int64", p.name, label.name, row.at.Offset,
						v.Floats[at])
				}
				row.number = n
			}
			return visit(row)
		})
		if err != nil {
			return err
		}
		if int64(i) != about.NumRows {
			return fault.Corruptf("dataset: %s: column %s has %d values in %d rows",
				p.name, label.name, i, about.NumRows)
		}
		first += about.NumRows
	}
	return nil
}

// wholeAt is a label, if it is a whole number. NaN stands for none.
func wholeAt(v *page.Page, at int) (n int64, whole bool) {
	if v.Floats == nil {
		return v.Numbers[at], true
	}
	f := v.Floats[at]
	if math.IsNaN(f) {
		return -1, true
	}
	return int64(f), f == math.Trunc(f) && math.Abs(f) < 1<<53
}

// absent tells which images of a row group are not in the table, and the paths of all; nil where all are.
func (p *parquetFile) absent(group int, image column) (absent []bool, paths [][]byte, err error) {
	if _, err := p.chunk(group, image.name, "bytes"); err != nil {
		return nil, nil, err
	}
	leaf := p.leaf(image.name, "bytes")
	// some writers do not count; then reading finds out
	if p.Metadata().RowGroups[group].Columns[leaf.Index()].MetaData.Statistics.NullCount <= 0 {
		return nil, nil, nil
	}
	err = p.values(group, image.name, "bytes", func(v *page.Page, at int) error {
		absent = append(absent, v.IsNull(at))
		return nil
	})
	if err == nil && p.leaf(image.name, "path") != nil {
		err = p.values(group, image.name, "path", func(v *page.Page, at int) error {
			var path []byte
			if !v.IsNull(at) {
				path = append(path, v.Bytes[at]...)
			}
			paths = append(paths, path)
			return nil
		})
	}
	return absent, paths, err
}

// values visits the values of a column's part.
func (p *parquetFile) values(group int, name, field string, visit func(v *page.Page, at int) error) error {
	chunk, err := p.chunk(group, name, field)
	if err != nil {
		return err
	}
	pages := page.NewReader(p.file, chunk)
	for {
		v, err := pages.Next()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fault.Corruptf("dataset: %s: column %s: %w%s", p.name, name, err, remedy(err))
		}
		for at := range v.Rows {
			if err := visit(v, at); err != nil {
				return err
			}
		}
	}
}
