package dataset

import (
	"encoding/binary"
	"os"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/parquet-go/parquet-go"
)

var parquetFormat = Format{
	Name: "parquet",
	Doc:  "Hugging Face's tables: a .parquet file, or a folder of train-*.parquet and test-*.parquet or <split>/*.parquet; columns image and label, or others by --column and --labels",
	Is: func(root string, _ Options) bool {
		return isParquet(root) && isFile(root) || holds(root, false, isParquet)
	},
	Open:   openParquet,
	Inside: true,
}

func isParquet(name string) bool {
	return strings.HasSuffix(name, ".parquet") && !strings.HasSuffix(name, "metadata.parquet")
}

// openParquet lists tables of images. Only labels are read for it; images are read page by page when they are asked for.
func openParquet(root string, o Options) (*Set, error) {
	if err := o.Only("parquet", "labels", "column"); err != nil {
		return nil, err
	}
	b := NewBuilder(root, "parquet", o)
	files, err := splitFiles(root, "parquet", &b.Remarks, isParquet)
	if err != nil {
		return nil, err
	}
	if err := oneFolder(root, files); err != nil {
		return nil, err
	}
	var paths []string
	numbers := map[string]uint32{}
	for i, f := range files {
		paths = append(paths, f.path(root))
		numbers[f.name] = uint32(i)
	}
	return list(b, files, func(f splitFile) (tableFile, error) {
		p, err := openParquetFile(f.path(root))
		if err != nil {
			return nil, err
		}
		p.number = numbers[f.name]
		return p, nil
	}, func(image column) Reader { return &parquetImages{paths: paths, column: image.name} })
}

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
	if err := notPointer(path, f); err != nil {
		return nil, err
	}
	var tail [8]byte
	if n, _ := f.ReadAt(tail[:], info.Size()-8); n < 8 || string(tail[4:]) != "PAR1" || int64(binary.LittleEndian.Uint32(tail[:])) > info.Size()-12 {
		return nil, fault.Corruptf("dataset: %s is no parquet file, or is cut short: it does not end like one; fetch it again", path)
	}
	if err := checkFooter(path, f, info.Size()-8, int64(binary.LittleEndian.Uint32(tail[:]))); err != nil {
		return nil, err
	}
	p, err := parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(1<<16))
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

// parquetKind tells what a column is. A damaged file may call a leaf a list or a map, which have no kind of value; the library panics then.
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
		if inner := c.Column("bytes"); inner != nil && inner.Leaf() && !inner.Repeated() && inner.Type().Kind() == parquet.ByteArray {
			return imageColumn
		}
		return otherColumn
	}
	switch c.Type().Kind() {
	case parquet.Int32, parquet.Int64, parquet.Boolean, parquet.Float, parquet.Double: // pandas has doubles where labels are missing
		return numberColumn
	case parquet.ByteArray:
		if c.Type().LogicalType() != nil { // text
			return wordColumn
		}
		return imageColumn
	}
	return otherColumn
}
