package tabular

import (
	"errors"
	"io"
	"math"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/parquet-go/parquet-go"
)

// leaf returns the number of a column's values, or of those of one of its fields; −1 if there is none.
func (p *parquetFile) leaf(name, field string) int {
	c := p.Root().Column(name)
	if c != nil && !c.Leaf() {
		c = c.Column(field)
	} else if field == "path" {
		return -1
	}
	if c == nil || !c.Leaf() {
		return -1
	}
	return c.Index()
}

// rows reads the labels and, where a part of the table has images that are not in it, what there is of those.
func (p *parquetFile) rows(image, label column, visit func(tableRow) error) (err error) {
	defer recovered(p.name, &err)
	first := int64(0)
	for _, g := range p.RowGroups() {
		var absent []bool
		var paths [][]byte
		// some writers do not count; then reading finds out
		if chunk := p.chunk(g, image.name, "bytes"); chunk.NullCount() > 0 {
			if absent, paths, err = p.absent(g, image); err != nil {
				return err
			}
		}
		i := 0
		err := p.values(p.chunk(g, label.name, ""), func(v parquet.Value) error {
			row := tableRow{at: dataset.Place{File: p.number, Offset: first + int64(i)}, number: -1}
			if i < len(absent) && absent[i] {
				row.null = true
				if i < len(paths) {
					row.path = paths[i]
				}
			}
			i++
			switch {
			case v.IsNull():
			case label.kind == wordColumn:
				row.word = v.ByteArray()
			default:
				n, whole := parquetNumber(v)
				if !whole {
					return fault.Corruptf("dataset: %s: column %s: row %d has the label %v, "+
						"which is no whole number; cast the column to int64", p.name, label.name, row.at.Offset, v)
				}
				row.number = n
			}
			return visit(row)
		})
		if err != nil {
			return err
		}
		if int64(i) != g.NumRows() {
			return fault.Corruptf("dataset: %s: column %s has %d values in %d rows", p.name, label.name, i, g.NumRows())
		}
		first += g.NumRows()
	}
	return nil
}

// parquetNumber is a label, if it is a whole number. NaN stands for none.
func parquetNumber(v parquet.Value) (n int64, whole bool) {
	var f float64
	switch v.Kind() {
	case parquet.Boolean:
		if v.Boolean() {
			return 1, true
		}
		return 0, true
	case parquet.Int32:
		return int64(v.Int32()), true
	case parquet.Float:
		f = float64(v.Float())
	case parquet.Double:
		f = v.Double()
	default:
		return v.Int64(), true
	}
	if math.IsNaN(f) {
		return -1, true
	}
	return int64(f), f == math.Trunc(f) && math.Abs(f) < 1<<53
}

// chunk is a column's part of a row group.
func (p *parquetFile) chunk(g parquet.RowGroup, name, field string) *parquet.FileColumnChunk {
	return g.ColumnChunks()[p.leaf(name, field)].(*parquet.FileColumnChunk)
}

// absent tells which images of a row group are not in the table, and the paths of all.
func (p *parquetFile) absent(g parquet.RowGroup, image column) (absent []bool, paths [][]byte, err error) {
	err = p.values(p.chunk(g, image.name, "bytes"), func(v parquet.Value) error {
		absent = append(absent, v.IsNull())
		return nil
	})
	if err == nil && p.leaf(image.name, "path") >= 0 {
		err = p.values(p.chunk(g, image.name, "path"), func(v parquet.Value) error {
			paths = append(paths, append([]byte(nil), v.ByteArray()...))
			return nil
		})
	}
	return absent, paths, err
}

// values visits the values of a column's part.
func (p *parquetFile) values(chunk *parquet.FileColumnChunk, visit func(parquet.Value) error) error {
	pages := chunk.Pages()
	defer pages.Close()
	var some [256]parquet.Value
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fault.Corruptf("dataset: %s: column %s: %w", p.name, chunk.Node().(*parquet.Column).Path(), err)
		}
		values := page.Values()
		for err == nil {
			var n int
			n, err = values.ReadValues(some[:])
			for _, v := range some[:n] {
				if err := visit(v); err != nil {
					return err
				}
			}
			if n == 0 && err == nil {
				err = io.ErrNoProgress
			}
		}
		if !errors.Is(err, io.EOF) {
			return fault.Corruptf("dataset: %s: column %s: %w", p.name, chunk.Node().(*parquet.Column).Path(), err)
		}
		parquet.Release(page)
	}
}
