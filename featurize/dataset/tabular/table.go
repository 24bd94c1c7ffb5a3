// Package tabular lists data sets that are tables of images and labels, as Hugging Face keeps them: parquet and Arrow.
// A format of tables is a file that opens one as a tableFile.
package tabular

import (
	"fmt"
	"math"
	"path"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/parts"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/read"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/train/fault"
)

// tableRow is a row as far as data sets go.
type tableRow struct {
	at     dataset.Place // of the image
	null   bool          // the image is not in the table
	path   []byte        // its file then, if any
	number int64         // the label; −1 if it is null
	word   []byte        // the label, if it is a word; null is no label
	client string        // whose it is, a number as it is written; "" for nobody
}

// choice is what is read of a table. The column of clients has no name where there is none.
type choice struct{ image, label, client column }

// tableFile is one of the files that a table is kept in.
type tableFile interface {
	columns() []column
	// meta is the description that Hugging Face's libraries leave: JSON with info.features, or "".
	meta() string
	// record tells whether a column's images are records of bytes and path, as Hugging Face's library has them.
	record(image column) bool
	// rows visits all rows in their order. What it hands out is valid during the visit.
	rows(of choice, visit func(tableRow) error) error
	close() error
}

// tableImages reads images from a table, and those that have only their path there from their files.
type tableImages struct {
	dataset.Reader
	loose read.Files
}

// looseFile is the number of no file of the table.
const looseFile = math.MaxUint32

func (t tableImages) Read(it dataset.Item) ([]byte, error) {
	if it.Place.File == looseFile {
		return t.loose.Read(it)
	}
	return t.Reader.Read(it)
}

// listTables lists a set that is kept in tables.
func listTables(
	b *dataset.Builder, files []parts.File, open func(parts.File) (tableFile, error),
	images func(image column) dataset.Reader,
) (*dataset.Set, error) {
	folder := b.Root
	if !disk.IsFolder(folder) {
		folder = filepath.Dir(folder)
	}
	r := &tableReader{
		b: b, legend: names.NewLegend(b.Root), loose: read.Files{Root: folder}, rows: map[dataset.Split]int{},
	}
	classes, err := r.list(files, open)
	if err == nil && b.Empty() {
		err = fault.Missingf("dataset: %s holds no images%s", b.Root, b.AllLeftOut())
	}
	if err != nil {
		b.Fail(err)
	}
	return b.Finish(classes, tableImages{images(r.image), r.loose})
}

type tableReader struct {
	b        *dataset.Builder
	legend   *names.Legend
	loose    read.Files
	features features // of the first file
	choice
	clients   []string   // the names of clients, if they are numbers of those
	all       []column   // of the first file
	described [][]string // the names of classes, by file
	classes   classNames
	rows      map[dataset.Split]int // so far
}

func (r *tableReader) list(files []parts.File, open func(parts.File) (tableFile, error)) (classes []string, err error) {
	each := func(use func(parts.File, tableFile) error) error {
		for _, f := range files {
			t, err := open(f)
			if err != nil {
				return err
			}
			err = use(f, t)
			_ = t.close() // it was only read
			if err != nil {
				return err
			}
		}
		return nil
	}
	if err := each(r.check); err != nil {
		return nil, err
	}
	if err := r.noClients(); err != nil {
		return nil, err
	}
	if r.label.kind == numberColumn {
		if err := r.classes.join(r.b, files, r.described); err != nil {
			return nil, err
		}
	}
	if err := each(r.add); err != nil {
		return nil, err
	}
	if classes, err = r.legend.Classes(&r.b.Remarks, r.classes.all); err == nil {
		r.b.Relabel(r.legend.Label)
	}
	return classes, err
}

// check chooses the columns by the first file, and finds them in the others.
func (r *tableReader) check(f parts.File, t tableFile) (err error) {
	if r.features == nil {
		r.features = readFeatures(t.meta())
		r.image, r.label, err = choose(r.b, t.columns(), r.features)
		r.described = append(r.described, r.features[r.label.name].Names)
		r.all = t.columns()
		r.findClient(t)
		if err == nil && (r.features[r.image.name].Type == "Image" || t.record(r.image)) {
			r.b.Orientation = dataset.ByDatasets
		}
		if root := r.b.Root; err != nil && disk.IsFolder(root) && disk.Holds(root, false, disk.IsImage) {
			err = fault.Corruptf("%w; to read the images in its folders instead, pass --format folder", err)
		}
		return err
	}
	for _, c := range []column{r.image, r.label} {
		if !slices.Contains(t.columns(), c) {
			return fault.Corruptf("dataset: %s has no column %s like the first file's; its columns are %s",
				f.Path(r.b.Root), c.name, columnNames(t.columns()))
		}
	}
	r.described = append(r.described, readFeatures(t.meta())[r.label.name].Names)
	r.findClient(t)
	return nil
}

func (r *tableReader) add(f parts.File, t tableFile) error {
	of := r.choice
	if !slices.Contains(t.columns(), of.client) {
		of.client = column{} // its images are nobody's
	}
	return t.rows(of, func(row tableRow) (err error) {
		name := fmt.Sprintf("%08d", r.rows[f.Split])
		if f.Split != dataset.Whole {
			name = string(f.Split) + "/" + name
		}
		r.rows[f.Split]++
		label := -1
		switch {
		case r.label.kind == numberColumn:
			var number int64
			if number, err = r.classes.number(r.b, f, name, row.number); err == nil {
				label, err = r.legend.Number(number, "row "+name)
			}
		case row.word != nil:
			label, err = r.legend.Word(row.word, f.Path(r.b.Root))
		}
		if err != nil {
			return err
		}
		r.b.Whose(r.clientName(row.client))
		if row.null {
			return r.addFile(f, row, name, label)
		}
		return r.b.Add(f.Split, name, label, row.at)
	})
}

// addFile adds an image of which the table has only the path, below the folder of its file.
func (r *tableReader) addFile(f parts.File, row tableRow, name string, label int) error {
	file := filepath.FromSlash(string(row.path))
	switch {
	case len(row.path) == 0:
		r.b.Skip("rows without an image", name)
		return nil
	case !filepath.IsLocal(file):
		r.b.Skip("rows with nothing but a path that leads out of the set's folder "+
			"(save_to_disk and push_to_hub embed the images)", name)
		return nil
	}
	name = path.Join(path.Dir(f.Name), filepath.ToSlash(file))
	if err := r.b.Add(f.Split, name, label, dataset.Place{File: looseFile}); err != nil {
		return err
	}
	if label >= 0 && !r.loose.There(name) {
		r.b.Missing(name)
	}
	return nil
}
