package dataset

import (
	"fmt"
	"math"
	"path"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/train/fault"
)

// tableRow is a row as far as data sets go.
type tableRow struct {
	at     place  // of the image
	null   bool   // the image is not in the table
	path   []byte // its file then, if any
	number int64  // the label; −1 if it is null
	word   []byte // the label, if it is a word; null is no label
}

// tableFile is one of the files that a table is kept in.
type tableFile interface {
	columns() []column
	// meta is the description that Hugging Face's libraries leave: JSON with info.features, or "".
	meta() string
	// rows visits all rows in their order. What it hands out is valid during the visit.
	rows(image, label column, visit func(tableRow) error) error
	close() error
}

// tableImages reads images from a table, and those that have only their path there from their files.
type tableImages struct {
	Reader
	loose loose
}

// looseFile is the number of no file of the table.
const looseFile = math.MaxUint32

func (t tableImages) Read(it Item) ([]byte, error) {
	if it.place.file == looseFile {
		return t.loose.Read(it)
	}
	return t.Reader.Read(it)
}

// list lists a set that is kept in tables.
func list(b *Builder, files []splitFile, open func(splitFile) (tableFile, error), images func(image column) Reader) (*Set, error) {
	folder := b.Root
	if !isFolder(folder) {
		folder = filepath.Dir(folder)
	}
	r := &tableReader{b: b, legend: newLegend(b.Root), loose: loose{folder}, rows: map[Split]int{}}
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
	b            *Builder
	legend       *legend
	loose        loose
	features     features
	image, label column
	rows         map[Split]int // so far
}

func (r *tableReader) list(files []splitFile, open func(splitFile) (tableFile, error)) (classes []string, err error) {
	each := func(use func(splitFile, tableFile) error) error {
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
	if r.label.kind == wordColumn {
		if err := each(r.collect); err != nil {
			return nil, err
		}
		if classes, err = r.legend.classes(&r.b.Remarks, nil); err != nil {
			return nil, err
		}
		return classes, each(r.add)
	}
	if err := each(r.add); err != nil {
		return nil, err
	}
	return r.legend.classes(&r.b.Remarks, r.features[r.label.name].Names)
}

// check chooses the columns by the first file, and finds them in the others.
func (r *tableReader) check(f splitFile, t tableFile) (err error) {
	if r.features == nil {
		r.features = readFeatures(t.meta())
		r.image, r.label, err = choose(r.b, t.columns(), r.features)
		if root := r.b.Root; err != nil && isFolder(root) && holds(root, false, isImage) {
			err = fault.Corruptf("%w; to read the images in its folders instead, pass --format folder", err)
		}
		return err
	}
	for _, c := range []column{r.image, r.label} {
		if !slices.Contains(t.columns(), c) {
			return fault.Corruptf("dataset: %s has no column %s like the first file's; its columns are %s", f.path(r.b.Root), c.name, columnNames(t.columns()))
		}
	}
	return nil
}

func (r *tableReader) collect(f splitFile, t tableFile) error {
	return t.rows(r.image, r.label, func(row tableRow) error {
		if row.word == nil {
			return nil
		}
		_, err := r.legend.word(row.word, f.path(r.b.Root))
		return err
	})
}

func (r *tableReader) add(f splitFile, t tableFile) error {
	return t.rows(r.image, r.label, func(row tableRow) (err error) {
		name := fmt.Sprintf("%08d", r.rows[f.split])
		if f.split != Whole {
			name = string(f.split) + "/" + name
		}
		r.rows[f.split]++
		label := -1
		switch {
		case r.label.kind == numberColumn:
			label, err = r.legend.number(row.number, "row "+name)
		case row.word != nil:
			label, err = r.legend.word(row.word, f.path(r.b.Root)) // which knows it
			label = r.legend.label(label)
		}
		if err != nil {
			return err
		}
		if row.null {
			return r.addFile(f, row, name, label)
		}
		return r.b.Add(f.split, name, label, row.at)
	})
}

// addFile adds an image of which the table has only the path, below the folder of its file.
func (r *tableReader) addFile(f splitFile, row tableRow, name string, label int) error {
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
	name = path.Join(path.Dir(f.name), filepath.ToSlash(file))
	if err := r.b.Add(f.split, name, label, place{file: looseFile}); err != nil {
		return err
	}
	if label >= 0 && !r.loose.there(name) {
		r.b.Missing(name)
	}
	return nil
}
