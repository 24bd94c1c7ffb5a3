// Package list lists data sets by lists of their images: tables and lines of the user's own, CoOp's JSON, and the
// numbered lists in which sets are published.
package list

import (
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Manifest are the user's own lists.
var Manifest = dataset.Format{
	Name: "manifest",
	Doc: "a list, CSV, TSV, JSON lines or \"path label\", of images and labels: " +
		"the file, or a folder with train.csv and test.csv, manifest.csv, metadata.csv, labels.csv …",
	Is: func(root string, o dataset.Options) bool {
		if disk.IsFile(root) {
			return slices.Contains(fileExtensions, disk.LowerExt(root))
		}
		list, doubt := Guess(root, o)
		return list != "" && doubt == ""
	},
	Open:  openManifest,
	Loose: true,
}

var (
	fileExtensions = []string{".csv", ".tsv", ".jsonl", ".txt", ".lst"}
	singleLists    = []string{"manifest", "metadata", "labels", "images", "trainlabels"}
)

// manifestList is a list of images with the split that its name stands for.
type manifestList struct {
	name    string // relative to the set's folder
	split   dataset.Split
	folders []string // where its images may lie
	finder  finder
}

// openManifest lists a data set by what its lists say, in two passes: the first learns the labels. Paths are relative
// to the list or to the folder of the option; whole paths, and those that lead elsewhere, are the user's own affair.
func openManifest(root string, o dataset.Options) (_ *dataset.Set, err error) {
	if err := o.Only("manifest", "labels", "column", "clients-column", "images"); err != nil {
		return nil, err
	}
	folder := root
	var lists []*manifestList
	if disk.IsFile(root) {
		folder = filepath.Dir(root)
		lists = []*manifestList{{name: filepath.Base(root), folders: foldersFor(filepath.Base(root))}}
	} else if lists, err = findLists(root, o); err != nil {
		return nil, err
	}
	if folder == root && o.Format == "" {
		defer func() {
			if err != nil {
				err = fmt.Errorf("%w; the set is read by its list, and --format folder reads class folders", err)
			}
		}()
	}
	images, err := imagesAt(folder, o)
	if err != nil {
		return nil, err
	}
	b := dataset.NewBuilder(root, "manifest", o)
	v := &vocabulary{}
	var known columns          // of the first list that has names for them
	rows, inFolders := 0, true // every path begins with the folder of a split
	for _, l := range lists {
		var sample []string
		err := l.each(folder, o, func(r *reader, row *row) error {
			if len(sample) < sampleSize {
				sample = append(sample, strings.Clone(row.path))
			}
			first, _, below := strings.Cut(path.Clean(filepath.ToSlash(row.path)), "/")
			inFolders = inFolders && below && l.split == dataset.Whole && row.split == "" &&
				dataset.SplitOf(first) != dataset.Whole
			rows++
			if known.names == nil {
				known = r.columns
			}
			if c := r.columns; b.ClientColumn == "" && c.names != nil && c.client >= 0 {
				b.ClientColumn = strings.Clone(c.names[c.client])
			}
			return v.add(r, row)
		})
		if err != nil {
			return nil, err
		}
		l.finder.Files = images
		if l.finder.settle(l.folders, sample) == 0 {
			b.Note("%s: the first images are not below %s; --images names their folder", l.name, images.Root)
		}
	}
	if len(v.labels) == 0 {
		return nil, fault.Corruptf("dataset: %s lists %d images, none with a label (%s; --labels names another column)",
			root, rows, strings.Join(labelColumns, ", "))
	}
	if o.Clients != "" && b.ClientColumn == "" {
		return nil, fault.Usagef("dataset: %s has no column %q for --clients-column; its columns are %s",
			root, o.Clients, disk.Clipped(strings.Join(known.names, ", ")))
	}
	classes, err := v.number(&b.Remarks, folder)
	if err != nil {
		return nil, err
	}
	if folder == root {
		var read []string
		for _, l := range lists {
			read = append(read, l.name)
		}
		b.Note("the images are those of %s", strings.Join(read, ", "))
	}
	if inFolders {
		b.Note("an image's split is the folder with which its path begins, since the list does not say it")
	}
	for _, l := range lists {
		err := l.each(folder, o, func(r *reader, row *row) error {
			label, known := v.of(row.label)
			if !known {
				return r.corrupt(row.line, "the list was changed while it was read")
			}
			split, err := l.splitOf(r, row, inFolders)
			if err != nil {
				return err
			}
			name, there := l.finder.find(row.path)
			b.Whose(row.client)
			return b.AddFile(split, name, label, there)
		})
		if err != nil {
			return nil, err
		}
	}
	return b.Finish(classes, images)
}

// each calls f for every row.
func (m *manifestList) each(folder string, o dataset.Options, f func(*reader, *row) error) error {
	l, err := open(filepath.Join(folder, m.name), o)
	if err != nil {
		return err
	}
	defer l.close()
	if l.columns.names != nil && l.columns.label < 0 && m.split != dataset.Test {
		return fault.Corruptf("dataset: %s: %w", l.file, l.columns.without("labels", "labels", labelColumns))
	}
	for {
		var row row
		if err := l.next(&row); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if strings.TrimSpace(row.path) == "" {
			return l.corrupt(row.line, "it names no image")
		}
		if err := f(l, &row); err != nil {
			return err
		}
	}
}

// splitOf is the split of a row: its own word, the list's, or the folder's in which the image lies.
func (m *manifestList) splitOf(l *reader, r *row, inFolders bool) (dataset.Split, error) {
	switch split := dataset.SplitOf(r.split); {
	case inFolders:
		first, _, _ := strings.Cut(path.Clean(filepath.ToSlash(r.path)), "/")
		return dataset.SplitOf(first), nil
	case r.split == "":
		return m.split, nil
	case split == dataset.Whole:
		return dataset.Whole, l.corrupt(r.line, "split %q is none of train, val and test", disk.Clipped(r.split))
	case m.split != dataset.Whole && split != m.split:
		return dataset.Whole, l.corrupt(r.line, "split %q in the list of the %s split", disk.Clipped(r.split), m.split)
	default:
		return split, nil
	}
}
