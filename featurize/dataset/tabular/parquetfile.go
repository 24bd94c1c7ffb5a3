package tabular

import (
	"encoding/binary"
	"errors"
	"os"

	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/tabular/page"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/parquet-go/parquet-go"
)

// parquetFile is one file of a table.
type parquetFile struct {
	name   string
	number uint32
	file   *os.File
	size   int64
	*parquet.File
	all []column
}

// openParquetFile reads what stands at the end of a file.
func openParquetFile(path string) (_ *parquetFile, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close() // it was only read
		}
	}()
	defer recovered(path, &err)
	info, err := f.Stat()
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	if err := disk.NotPointer(path, f); err != nil {
		return nil, err
	}
	var tail [8]byte
	if n, _ := f.ReadAt(tail[:], info.Size()-8); n < 8 || string(tail[4:]) != "PAR1" ||
		int64(binary.LittleEndian.Uint32(tail[:])) > info.Size()-12 {
		return nil, fault.Corruptf("dataset: %s is no parquet file, or is cut short: it does not end like one; "+
			"fetch it again", path)
	}
	if err := checkFooter(path, f, info.Size()-8, int64(binary.LittleEndian.Uint32(tail[:]))); err != nil {
		return nil, err
	}
	p, err := parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true),
		parquet.ReadBufferSize(1<<16))
	if err != nil {
		return nil, fault.Corruptf("dataset: %s: %w", path, err)
	}
	var all []column
	for _, c := range p.Root().Columns() {
		all = append(all, column{c.Name(), parquetKind(c)})
	}
	return &parquetFile{name: path, file: f, size: info.Size(), File: p, all: all}, nil
}

// recovered makes an error of a panic: the library of tables trusts a damaged file here and there.
func recovered(path string, err *error) {
	if p := recover(); p != nil {
		*err = fault.Corruptf("dataset: %s is damaged: %v", path, p)
	}
}

// remedy is what to do about a page that cannot be read, unless the error says it.
func remedy(err error) string {
	if errors.As(err, new(page.Refusal)) {
		return ""
	}
	return "; fetch it again"
}

func (p *parquetFile) close() error { return p.file.Close() }

func (p *parquetFile) meta() string {
	text, _ := p.Lookup("huggingface")
	return text
}

func (p *parquetFile) columns() []column { return p.all }

func (p *parquetFile) record(image column) bool { return p.leaf(image.name, "path") != nil }

// parquetKind tells what a column is. A damaged file may call a leaf a list or a map, which have no kind of value; the
// library panics then.
func parquetKind(c *parquet.Column) (kind columnKind) {
	defer func() {
		if recover() != nil {
			kind = otherColumn
		}
	}()
	switch {
	case c.Repeated():
		return otherColumn
	case !c.Leaf():
		if inner := c.Column("bytes"); inner != nil && inner.Leaf() && !inner.Repeated() &&
			inner.Type().Kind() == parquet.ByteArray {
			return imageColumn
		}
		return otherColumn
	}
	switch c.Type().Kind() {
	// pandas has doubles where labels are missing
	case parquet.Int32, parquet.Int64, parquet.Boolean, parquet.Float, parquet.Double:
		return numberColumn
	case parquet.ByteArray:
		if c.Type().LogicalType() != nil { // text
			return wordColumn
		}
		return imageColumn
	}
	return otherColumn
}

// chunk is a column's part of a row group, or that of one of its fields.
func (p *parquetFile) chunk(group int, name, field string) (page.Chunk, error) {
	leaf := p.leaf(name, field)
	groups := p.Metadata().RowGroups
	if leaf == nil || leaf.Index() >= len(groups[group].Columns) || leaf.MaxRepetitionLevel() > 0 {
		return page.Chunk{}, fault.Corruptf("dataset: %s is damaged: row group %d has no column %s",
			p.name, group, name)
	}
	about := groups[group].Columns[leaf.Index()].MetaData
	begin := about.DataPageOffset
	if d := about.DictionaryPageOffset; d > 0 && d < begin {
		begin = d
	}
	if begin < 0 || begin > p.size || about.TotalCompressedSize < 0 || about.TotalCompressedSize > p.size-begin {
		return page.Chunk{}, fault.Corruptf("dataset: %s is damaged: column %s leads out of the file", p.name, name)
	}
	c := page.Chunk{
		Kind: page.Kind(leaf.Type().Kind()), Codec: page.Codec(about.Codec), Highest: leaf.MaxDefinitionLevel(),
		Begin: begin, End: begin + about.TotalCompressedSize,
	}
	if err := c.Codec.Check(); err != nil {
		return c, fault.Corruptf("dataset: %s: column %s: %w", p.name, name, err)
	}
	return c, nil
}

// leaf is a column, or one of its fields, that holds values; nil if there is none.
func (p *parquetFile) leaf(name, field string) *parquet.Column {
	c := p.Root().Column(name)
	if c != nil && !c.Leaf() {
		c = c.Column(field)
	} else if field == "path" {
		return nil
	}
	if c == nil || !c.Leaf() {
		return nil
	}
	return c
}

// index is where the pages of a column's part lie, or nil if the file does not say it well.
func (p *parquetFile) index(group int, name string) []page.Location {
	leaf := p.leaf(name, "bytes")
	about := p.Metadata().RowGroups[group].Columns[leaf.Index()]
	if about.OffsetIndexOffset <= 0 || int64(about.OffsetIndexLength) > p.size-about.OffsetIndexOffset {
		return nil
	}
	index, err := page.ReadIndex(p.file, about.OffsetIndexOffset, int64(about.OffsetIndexLength))
	if err != nil {
		return nil // the pages can be had one after the other
	}
	return index
}
