package list

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/train/fault"
)

// vocabulary collects the labels of lists as they are written, and makes indices of them.
type vocabulary struct {
	labels map[string]*listLabel
	named  bool // the lists name the classes
}

type listLabel struct {
	class string // its name, "" if the lists give none
	at    string // the file and line where it stands first
	index int
}

// add notes the label of a row.
func (v *vocabulary) add(l *reader, r *row) error {
	if r.label == "" {
		return nil
	}
	known := v.labels[r.label]
	switch {
	case known == nil && len(v.labels) == dataset.MostClasses:
		return l.corrupt(r.line, "there are more than %d different labels; --labels names the column of the classes",
			dataset.MostClasses)
	case known == nil && !utf8.ValidString(r.label+r.class):
		return l.corrupt(r.line, "label %q is not UTF-8; save the list as UTF-8", disk.Clipped(r.label+" "+r.class))
	case known == nil:
		if v.labels == nil {
			v.labels = map[string]*listLabel{}
		}
		known = &listLabel{class: strings.Clone(r.class), at: fmt.Sprintf("%s line %d", l.file, r.line)}
		v.labels[strings.Clone(r.label)] = known
	case known.class == "":
		known.class = strings.Clone(r.class)
	case r.class != "" && r.class != known.class:
		return l.corrupt(r.line, "label %q is called %q, but %q before",
			disk.Clipped(r.label), disk.Clipped(r.class), disk.Clipped(known.class))
	}
	v.named = v.named || r.class != ""
	return nil
}

// of is the index of a label, −1 for none.
func (v *vocabulary) of(label string) (int, bool) {
	if label == "" {
		return -1, true
	}
	known := v.labels[label]
	if known == nil {
		return 0, false
	}
	return known.index, true
}

// number gives every label its index and returns the names of the classes. Labels that all are whole numbers are
// indices; others are numbered in byte order. folder is where a file with names may lie.
func (v *vocabulary) number(r *dataset.Remarks, folder string) ([]string, error) {
	texts := slices.Sorted(maps.Keys(v.labels))
	words := slices.DeleteFunc(slices.Clone(texts), func(t string) bool { _, whole := wholeNumber(t); return whole })
	if len(words) == 0 {
		return v.numbers(r, folder, texts)
	}
	if len(words) < len(texts) {
		r.Note("labels are taken as text, not as numbers, since some are no numbers, such as %q in %s",
			words[0], v.labels[words[0]].at)
	}
	classes, err := names.OfFolders(folder, texts)
	if err != nil {
		return nil, err
	}
	for i, t := range texts {
		known := v.labels[t]
		known.index = i
		if known.class != "" {
			classes[i] = known.class
		}
		classes[i] = names.OneLine(names.Human(classes[i]))
	}
	return classes, nil
}

// numbers is number for labels that are indices.
func (v *vocabulary) numbers(r *dataset.Remarks, folder string, texts []string) ([]string, error) {
	given := map[int]string{}
	lowest, highest := dataset.MostClasses, -1
	for _, t := range texts {
		known := v.labels[t]
		n, _ := wholeNumber(t)
		if known.index = n; n == -1 {
			continue
		} else if n < 0 || n >= dataset.MostClasses {
			return nil, fault.Corruptf("dataset: %s: label %s is no class", known.at, t)
		}
		if before := given[n]; before != "" && known.class != "" && before != known.class {
			return nil, fault.Corruptf("dataset: %s: label %s is called %q, but %q where it is written otherwise",
				known.at, t, disk.Clipped(known.class), disk.Clipped(before))
		}
		if known.class != "" || given[n] == "" {
			given[n] = known.class
		}
		lowest, highest = min(lowest, n), max(highest, n)
	}
	count, from := len(given), "the list"
	if !v.named {
		file, lines, err := names.Beside(folder)
		if err != nil {
			return nil, err
		}
		clear(given)
		count, from = len(lines), file
		for i, name := range lines {
			given[i] = name
		}
	}
	first := 0
	if count > 0 && lowest == 1 && highest == count {
		first = 1
		r.Note("labels are counted from 1, since they run from 1 to %d and %s names %d classes", highest, from, count)
		for _, t := range texts {
			v.labels[t].index = max(v.labels[t].index-1, -1)
		}
	}
	if !v.named && count > 0 {
		for _, t := range texts {
			if known := v.labels[t]; known.index >= count {
				return nil,
					fault.Corruptf("dataset: %s: label %s is too large: %s names %d classes", known.at, t, from, count)
			}
		}
		return names.Fill(r, count, func(i int) string { return given[i] }), nil
	}
	if count == 0 && lowest == 1 {
		r.Note("no image has label 0; if labels are counted from 1, name the classes in %s, one a line", names.File)
	}
	return names.Fill(r, highest+1-first, func(i int) string { return given[i+first] }), nil
}
