package list

import (
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/read"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Numbered are a published set's lists with lines "path label".
type Numbered struct {
	Format, Doc, Templates string
	Folders                []string // in which the lists may lie
	Lists                  []NumberedList
	Roots                  []string // the folders, from the lists', in which images may lie
	Class                  func(path string) string
	Names                  func(folders ...string) (names.Of, error) // given those in which a file of names may lie
}

// NumberedList is one of them; of the files it takes the first that exists.
type NumberedList struct {
	Split dataset.Split
	Files []string
	Below []string // the folders, from the root, in which its images may lie
}

// Row is the set's row in the table of formats.
func (n Numbered) Row() dataset.Format {
	return dataset.Format{
		Name: n.Format,
		Doc:  n.Doc,
		Is:   func(root string, _ dataset.Options) bool { return n.folder(root) != "" },
		Open: n.open,
	}
}

// folder is where the lists lie, or "".
func (n Numbered) folder(root string) string {
	for _, f := range n.Folders {
		if at := filepath.Join(root, f); disk.IsFolder(at) && disk.FirstFile(at, n.Lists[0].Files...) != "" {
			return at
		}
	}
	return ""
}

// open lists the set, in two passes. Labels are the lists' own: those of Places-LT are not the positions of the sorted
// folders. So a class has the name of the folder in which the lists have its images.
func (n Numbered) open(root string, o dataset.Options) (*dataset.Set, error) {
	if err := o.Only(n.Format, "images"); err != nil {
		return nil, err
	}
	folder := n.folder(root)
	if folder == "" {
		return nil, fault.Missingf("dataset: %s holds no %s", root, n.Lists[0].Files[0])
	}
	if !slices.ContainsFunc(n.Lists[1:],
		func(l NumberedList) bool { return disk.FirstFile(folder, l.Files...) != "" }) {
		return nil, fault.Missingf("dataset: %s holds %s, but nothing to test on, such as %s",
			folder, disk.FirstFile(folder, n.Lists[0].Files...), n.Lists[len(n.Lists)-1].Files[0])
	}
	known, err := n.learn(folder)
	if err != nil {
		return nil, err
	}
	name, err := n.Names(folder, root)
	if err != nil {
		return nil, err
	}
	images, err := imagesAt(folder, o)
	if err != nil {
		return nil, err
	}
	finders := make([]finder, len(n.Lists))
	settle := func(at read.Files) (held int) {
		for i := range finders {
			finders[i] = finder{Files: at}
			held += finders[i].settle(n.Lists[i].Below, known.samples[i])
		}
		return held
	}
	if own := images.Root; o.Images == "" {
		best := -1
		for _, r := range n.Roots {
			if held := settle(read.Files{Root: filepath.Join(own, r)}); held > best {
				images.Root, best = filepath.Join(own, r), held
			}
		}
	}
	settle(images)
	b := dataset.NewBuilder(root, n.Format, o)
	b.Name, b.Templates = n.Format, n.Templates
	err = n.each(folder, func(i int, _ *reader, r *row, label int) error {
		name, there := finders[i].find(r.path)
		return b.AddFile(n.Lists[i].Split, name, label, there)
	})
	if err != nil {
		return nil, err
	}
	return b.Finish(names.Fill(&b.Remarks, known.count, func(i int) string { return name(i, known.classes[i]) }),
		images)
}

// learned is what the first pass finds.
type learned struct {
	count   int            // of classes
	classes map[int]string // what paths say of them
	samples [][]string     // paths of each list
}

func (n Numbered) learn(folder string) (learned, error) {
	k := learned{classes: map[int]string{}, samples: make([][]string, len(n.Lists))}
	labels := map[string]int{}
	err := n.each(folder, func(i int, l *reader, r *row, label int) error {
		if len(k.samples[i]) < sampleSize {
			k.samples[i] = append(k.samples[i], strings.Clone(r.path))
		}
		if label < 0 || label >= dataset.MostClasses {
			return l.corrupt(r.line, "label %d is no class", label)
		}
		k.count = max(k.count, label+1)
		class := n.Class(r.path)
		if class == "" {
			return nil
		}
		if before, ok := k.classes[label]; ok && before != class {
			return l.corrupt(r.line, "label %d is %s, but %s before", label, disk.Clipped(class), disk.Clipped(before))
		}
		if before, ok := labels[class]; ok && before != label {
			return l.corrupt(r.line, "%s has label %d, but %d before", disk.Clipped(class), label, before)
		}
		if _, ok := labels[class]; !ok {
			class = strings.Clone(class)
			k.classes[label], labels[class] = class, label
		}
		return nil
	})
	return k, err
}

// each calls f for every line of the lists that there are, i the list's number.
func (n Numbered) each(folder string, f func(i int, l *reader, r *row, label int) error) error {
	for i, list := range n.Lists {
		file := disk.FirstFile(folder, list.Files...)
		if file == "" {
			continue
		}
		if err := eachNumbered(filepath.Join(folder, file),
			func(l *reader, r *row, label int) error { return f(i, l, r, label) }); err != nil {
			return err
		}
	}
	return nil
}

// eachNumbered calls f for every line of a list "path label".
func eachNumbered(file string, f func(l *reader, r *row, label int) error) error {
	l, err := open(file, dataset.Options{})
	if err != nil {
		return err
	}
	defer l.close()
	for {
		var r row
		if err := l.next(&r); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		label, ok := wholeNumber(r.label)
		if !ok {
			return l.corrupt(r.line, "label %q is no whole number", disk.Clipped(r.label))
		}
		if err := f(l, &r, label); err != nil {
			return err
		}
	}
}
