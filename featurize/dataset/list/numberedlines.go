package list

import (
	"errors"
	"io"
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
)

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
