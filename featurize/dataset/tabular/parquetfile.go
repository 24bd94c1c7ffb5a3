package tabular

import (
	"encoding/binary"
	"os"

	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/parquet-go/parquet-go"
)

// parquetFile is one file of a table.
type parquetFile struct {
	name   string
	number uint32
	file   *os.File
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
	return &parquetFile{name: path, file: f, File: p, all: all}, nil
}

// recovered makes an error of a panic: the library of tables trusts a damaged file here and there.
func recovered(path string, err *error) {
	if p := recover(); p != nil {
		*err = fault.Corruptf("dataset: %s is damaged: %v", path, p)
	}
}

func (p *parquetFile) close() error { return p.file.Close() }

func (p *parquetFile) meta() string {
	text, _ := p.Lookup("huggingface")
	return text
}

func (p *parquetFile) columns() []column { return p.all }

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
