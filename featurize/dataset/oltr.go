package dataset

import (
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// numberedLists are a published set's lists with lines "path label".
type numberedLists struct {
	format, doc, templates string
	folders                []string // in which the lists may lie
	lists                  []numberedList
	roots                  []string // the folders, from the lists', in which images may lie
	class                  func(path string) string
	names                  func(folders ...string) (className, error) // given the folders where a file with names may lie
}

// numberedList is one of them; of the files it takes the first that exists.
type numberedList struct {
	split Split
	files []string
	below []string // the folders, from the root, in which its images may lie
}

// className names a class by its label and by what paths say of it, "" if nothing. It gives "" for a class it does not know.
type className func(label int, class string) string

func (n numberedLists) row() Format {
	return Format{
		Name: n.format,
		Doc:  n.doc,
		Is:   func(root string, _ Options) bool { return n.folder(root) != "" },
		Open: n.open,
	}
}

// folder is where the lists lie, or "".
func (n numberedLists) folder(root string) string {
	for _, f := range n.folders {
		if at := filepath.Join(root, f); isFolder(at) && firstFile(at, n.lists[0].files...) != "" {
			return at
		}
	}
	return ""
}

// open lists the set, in two passes. Labels are the lists' own: those of Places-LT are not the positions of the sorted folders. So a
// class has the name of the folder in which the lists have its images.
func (n numberedLists) open(root string, o Options) (*Set, error) {
	if err := o.Only(n.format, "images"); err != nil {
		return nil, err
	}
	folder := n.folder(root)
	if folder == "" {
		return nil, fault.Missingf("dataset: %s holds no %s", root, n.lists[0].files[0])
	}
	if !slices.ContainsFunc(n.lists[1:], func(l numberedList) bool { return firstFile(folder, l.files...) != "" }) {
		return nil, fault.Missingf("dataset: %s holds %s, but nothing to test on, such as %s", folder, firstFile(folder, n.lists[0].files...), n.lists[len(n.lists)-1].files[0])
	}
	known, err := n.learn(folder)
	if err != nil {
		return nil, err
	}
	name, err := n.names(folder, root)
	if err != nil {
		return nil, err
	}
	images, err := imagesAt(folder, o)
	if err != nil {
		return nil, err
	}
	finders := make([]finder, len(n.lists))
	settle := func(at loose) (held int) {
		for i := range finders {
			finders[i] = finder{loose: at}
			held += finders[i].settle(n.lists[i].below, known.samples[i])
		}
		return held
	}
	if own := images.root; o.Images == "" {
		best := -1
		for _, r := range n.roots {
			if held := settle(loose{filepath.Join(own, r)}); held > best {
				images.root, best = filepath.Join(own, r), held
			}
		}
	}
	settle(images)
	b := NewBuilder(root, n.format, o)
	b.Templates = n.templates
	err = n.each(folder, func(i int, _ *listReader, r *listRow, label int) error {
		name, there := finders[i].find(r.path)
		return b.AddFile(n.lists[i].split, name, label, there)
	})
	if err != nil {
		return nil, err
	}
	return b.Finish(fill(&b.Remarks, known.count, func(i int) string { return name(i, known.classes[i]) }), images)
}

// learned is what the first pass finds.
type learned struct {
	count   int            // of classes
	classes map[int]string // what paths say of them
	samples [][]string     // paths of each list
}

func (n numberedLists) learn(folder string) (learned, error) {
	k := learned{classes: map[int]string{}, samples: make([][]string, len(n.lists))}
	labels := map[string]int{}
	err := n.each(folder, func(i int, l *listReader, r *listRow, label int) error {
		if len(k.samples[i]) < sampleSize {
			k.samples[i] = append(k.samples[i], strings.Clone(r.path))
		}
		if label < 0 || label >= mostClasses {
			return l.corrupt(r.line, "label %d is no class", label)
		}
		k.count = max(k.count, label+1)
		class := n.class(r.path)
		if class == "" {
			return nil
		}
		if before, ok := k.classes[label]; ok && before != class {
			return l.corrupt(r.line, "label %d is %s, but %s before", label, clipped(class), clipped(before))
		}
		if before, ok := labels[class]; ok && before != label {
			return l.corrupt(r.line, "%s has label %d, but %d before", clipped(class), label, before)
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
func (n numberedLists) each(folder string, f func(i int, l *listReader, r *listRow, label int) error) error {
	for i, list := range n.lists {
		file := firstFile(folder, list.files...)
		if file == "" {
			continue
		}
		if err := eachNumbered(filepath.Join(folder, file), func(l *listReader, r *listRow, label int) error { return f(i, l, r, label) }); err != nil {
			return err
		}
	}
	return nil
}

// eachNumbered calls f for every line of a list "path label".
func eachNumbered(file string, f func(l *listReader, r *listRow, label int) error) error {
	l, err := openList(file, Options{})
	if err != nil {
		return err
	}
	defer l.close()
	for {
		var r listRow
		if err := l.next(&r); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		label, ok := wholeNumber(r.label)
		if !ok {
			return l.corrupt(r.line, "label %q is no whole number", clipped(r.label))
		}
		if err := f(l, &r, label); err != nil {
			return err
		}
	}
}
