package list

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
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
	named  bool                // the lists name the classes
	kinds  map[string]labelled // by list
}

// labelled is what the labels of a list are.
type labelled int

const (
	hasNumbers labelled = 1 << iota
	hasWords
)

type listLabel struct {
	class  string          // its name, "" if the lists give none
	at     string          // the file and line where it stands first
	parts  map[string]bool // splits in which it has its name
	number bool
	index  int
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
			v.labels, v.kinds = map[string]*listLabel{}, map[string]labelled{}
		}
		known = &listLabel{class: strings.Clone(r.class), at: fmt.Sprintf("%s line %d", l.file, r.line)}
		_, known.number = wholeNumber(r.label)
		v.labels[strings.Clone(r.label)] = known
	case known.class == "":
		known.class = strings.Clone(r.class)
	case r.class != "" && r.class != known.class:
		return l.corrupt(r.line, "label %q is called %q, but %q before",
			disk.Clipped(r.label), disk.Clipped(r.class), disk.Clipped(known.class))
	}
	if r.class != "" {
		v.named = true
		if known.parts == nil {
			known.parts = map[string]bool{}
		}
		known.parts[cmp.Or(r.split, string(dataset.SplitIn(filepath.Base(l.file))))] = true
	}
	kind := hasWords
	if known.number {
		kind = hasNumbers
	}
	v.kinds[l.file] |= kind
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
// those of names.Numbers; others are numbered in byte order. folder is where a file with names may lie.
func (v *vocabulary) number(r *dataset.Remarks, folder string) ([]string, error) {
	texts := slices.Sorted(maps.Keys(v.labels))
	words := slices.DeleteFunc(slices.Clone(texts), func(t string) bool { _, whole := wholeNumber(t); return whole })
	if len(words) == 0 {
		return v.numbers(r, folder, texts)
	}
	if err := v.alike(); err != nil {
		return nil, err
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

// numbers is number for labels that are numbers.
func (v *vocabulary) numbers(r *dataset.Remarks, folder string, texts []string) ([]string, error) {
	var all names.Numbers
	for _, t := range texts {
		known := v.labels[t]
		n, _ := wholeNumber(t)
		var err error
		if known.index, err = all.Add(int64(n), func() string { return known.at }); err != nil {
			return nil, err
		}
		for part := range known.parts {
			if err := all.Call(int64(n), known.class, part, known.at); err != nil {
				return nil, err
			}
		}
	}
	given, err := names.Beside(folder)
	if err != nil {
		return nil, err
	}
	if v.named { // all that the file can do then is to agree
		if err := all.Agree(given); err != nil {
			return nil, err
		}
		given = names.Given{}
	}
	if err := all.Settle(r, given); err != nil {
		return nil, err
	}
	for _, t := range texts {
		v.labels[t].index = all.Label(v.labels[t].index)
	}
	return all.Classes(r), nil
}

// alike refuses lists of one set of which some have words for labels and others numbers: the two cannot be compared.
func (v *vocabulary) alike() error {
	numbers, words := "", ""
	for _, file := range slices.Sorted(maps.Keys(v.kinds)) {
		switch v.kinds[file] {
		case hasNumbers:
			numbers = file
		case hasWords:
			words = file
		}
	}
	if numbers == "" || words == "" {
		return nil
	}
	return fault.Corruptf("dataset: %s has numbers for labels, %s has words; label both alike, "+
		"or choose a column that both have with --labels", numbers, words)
}
