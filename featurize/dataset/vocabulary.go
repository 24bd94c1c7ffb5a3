package dataset

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

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

// mostClasses bounds the classes: where a list has more, its labels are something else.
const mostClasses = 1 << 20

// add notes the label of a row.
func (v *vocabulary) add(l *listReader, r *listRow) error {
	if r.label == "" {
		return nil
	}
	known := v.labels[r.label]
	switch {
	case known == nil && len(v.labels) == mostClasses:
		return l.corrupt(r.line, "there are more than %d different labels; --labels names the column of the classes", mostClasses)
	case known == nil && !utf8.ValidString(r.label+r.class):
		return l.corrupt(r.line, "label %q is not UTF-8; save the list as UTF-8", clipped(r.label+" "+r.class))
	case known == nil:
		if v.labels == nil {
			v.labels = map[string]*listLabel{}
		}
		known = &listLabel{class: strings.Clone(r.class), at: fmt.Sprintf("%s line %d", l.file, r.line)}
		v.labels[strings.Clone(r.label)] = known
	case known.class == "":
		known.class = strings.Clone(r.class)
	case r.class != "" && r.class != known.class:
		return l.corrupt(r.line, "label %q is called %q, but %q before", clipped(r.label), clipped(r.class), clipped(known.class))
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

// number gives every label its index and returns the names of the classes. Labels that all are whole numbers are indices; others are
// numbered in byte order. folder is where a file with names may lie.
func (v *vocabulary) number(b *builder, folder string) ([]string, error) {
	texts := slices.Sorted(maps.Keys(v.labels))
	words := slices.DeleteFunc(slices.Clone(texts), func(t string) bool { _, whole := wholeNumber(t); return whole })
	if len(words) == 0 {
		return v.numbers(b, folder, texts)
	}
	if len(words) < len(texts) {
		b.set.note("labels are taken as text, not as numbers, since some are no numbers, such as %q in %s", words[0], v.labels[words[0]].at)
	}
	classes, err := classNames(folder, texts)
	if err != nil {
		return nil, err
	}
	for i, t := range texts {
		known := v.labels[t]
		known.index = i
		if known.class != "" {
			classes[i] = known.class
		}
		classes[i] = oneLine(human(classes[i]))
	}
	return classes, nil
}

// numbers is number for labels that are indices.
func (v *vocabulary) numbers(b *builder, folder string, texts []string) ([]string, error) {
	names := map[int]string{}
	lowest, highest := mostClasses, -1
	for _, t := range texts {
		known := v.labels[t]
		n, _ := wholeNumber(t)
		if known.index = n; n == -1 {
			continue
		} else if n < 0 || n >= mostClasses {
			return nil, fault.Corruptf("dataset: %s: label %s is no class", known.at, t)
		}
		if before := names[n]; before != "" && known.class != "" && before != known.class {
			return nil, fault.Corruptf("dataset: %s: label %s is called %q, but %q where it is written otherwise", known.at, t, clipped(known.class), clipped(before))
		}
		if known.class != "" || names[n] == "" {
			names[n] = known.class
		}
		lowest, highest = min(lowest, n), max(highest, n)
	}
	count, from := len(names), "the list"
	if !v.named {
		file, lines, err := namesBeside(folder)
		if err != nil {
			return nil, err
		}
		clear(names)
		count, from = len(lines), file
		for i, name := range lines {
			names[i] = name
		}
	}
	first := 0
	if count > 0 && lowest == 1 && highest == count {
		first = 1
		b.set.note("labels are counted from 1, since they run from 1 to %d and %s names %d classes", highest, from, count)
		for _, t := range texts {
			v.labels[t].index = max(v.labels[t].index-1, -1)
		}
	}
	if !v.named && count > 0 {
		for _, t := range texts {
			if known := v.labels[t]; known.index >= count {
				return nil, fault.Corruptf("dataset: %s: label %s is too large: %s names %d classes", known.at, t, from, count)
			}
		}
		return b.named(count, func(i int) string { return names[i] }), nil
	}
	if count == 0 && lowest == 1 {
		b.set.note("no image has label 0; if labels are counted from 1, name the classes in %s, one a line", NamesFile)
	}
	return b.named(highest+1-first, func(i int) string { return names[i+first] }), nil
}

// named returns the names of n classes. Those that have none are called by their number.
func (b *builder) named(n int, name func(int) string) []string {
	classes := make([]string, n)
	unnamed := skips{}
	for i := range classes {
		if classes[i] = oneLine(human(name(i))); classes[i] == "" {
			classes[i] = fmt.Sprint("class ", i)
			unnamed = skips{unnamed.n + 1, classes[i]}
		}
	}
	if unnamed.n > 0 {
		b.set.note("%d of %d classes have no name and are called by their number, such as %q", unnamed.n, n, unnamed.first)
	}
	return classes
}

// namesBeside reads a file that names the classes in order, one a line, if there is one: classnames.txt, which may have folders in front
// of the names, or classes.txt.
func namesBeside(folder string) (file string, names []string, err error) {
	if file = firstFile(folder, NamesFile, "classes.txt"); file == "" {
		return "", nil, nil
	}
	file = filepath.Join(folder, file)
	if names, err = nameLines(file); err != nil {
		return "", nil, err
	}
	folders := 0
	for _, line := range names {
		if wnid, name, _ := strings.Cut(line, " "); isWordNet(wnid) && name != "" {
			folders++
		}
	}
	if folders == len(names) {
		for i, n := range names {
			_, names[i], _ = strings.Cut(n, " ")
		}
	}
	return file, withoutNumbers(names), nil
}

// withoutNumbers takes the numbers off lines that all begin with their own, from 0 or from 1: "0 cat", "1: dog".
func withoutNumbers(lines []string) []string {
	for first := range 2 {
		names := make([]string, len(lines))
		for i, line := range lines {
			rest, numbered := strings.CutPrefix(line, strconv.Itoa(first+i))
			name := strings.TrimLeft(rest, " \t,;:.)")
			if !numbered || name == "" || name == rest {
				break
			}
			names[i] = name
		}
		if len(names) > 1 && !slices.Contains(names, "") {
			return names
		}
	}
	return lines
}

// oneLine is a text without line breaks and repeated blanks.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
