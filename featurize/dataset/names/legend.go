package names

import (
	"maps"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Legend turns the labels of samples and tables into classes. Labels are numbers, as Numbers has them, and the classes
// may have names; or words, which are the names, and then classes are in their byte order.
type Legend struct {
	Root    string
	words   map[string]int // in the order of appearance
	order   []int          // the labels of words
	numbers Numbers
}

// NewLegend is the legend of a set that lies in a folder or file.
func NewLegend(root string) *Legend { return &Legend{Root: root, words: map[string]int{}} }

// Number notes a label that is a number and returns its index in the order of appearance; where says which image has
// it. −1 stands for an unknown label.
func (l *Legend) Number(n int64, where string) (int, error) {
	return l.numbers.Add(n, func() string { return l.Root + ": " + where })
}

// Word notes a label that is a word and returns its number in the order of appearance.
func (l *Legend) Word(w []byte, where string) (int, error) {
	if n, there := l.words[string(w)]; there {
		return n, nil
	}
	if len(l.words) == dataset.MostClasses {
		return 0, fault.Corruptf("dataset: %s: %s has the label %q, one of more than %d; is it a label at all?",
			l.Root, where, disk.Clipped(string(w)), dataset.MostClasses)
	}
	n := len(l.words)
	l.words[string(w)] = n
	return n, nil
}

// Name notes the name that an image of a part of the set gives its number.
func (l *Legend) Name(number int64, name, part, where string) error {
	return l.numbers.Call(number, name, part, l.Root+": "+where)
}

// Label is the label of a class, of what Number or Word returned. It is known once there are classes.
func (l *Legend) Label(n int) int {
	switch {
	case n < 0:
		return n
	case l.order != nil:
		return l.order[n]
	}
	return l.numbers.Label(n)
}

// Classes returns the names of all classes. given are the names that the set has for numbers; without, a file beside it
// may have them, or the images themselves.
func (l *Legend) Classes(r *dataset.Remarks, given []string) (classes []string, err error) {
	folder := l.Root
	if !disk.IsFolder(folder) {
		folder = filepath.Dir(folder)
	}
	if len(l.words) > 0 {
		words := slices.Sorted(maps.Keys(l.words))
		if _, numbers := l.numbers.Any(); numbers {
			return nil, fault.Corruptf("dataset: %s: some labels are numbers, others are words such as %q",
				l.Root, disk.Clipped(words[0]))
		}
		l.order = make([]int, len(words))
		for label, w := range words {
			l.order[l.words[w]] = label
		}
		names, err := OfFolders(folder, words)
		return Fill(r, len(words), func(i int) string { return names[i] }), err
	}
	names := Given{From: "the description of its columns", Names: given}
	if len(given) == 0 {
		if names, err = Beside(folder); err != nil {
			return nil, err
		}
	}
	if err := l.numbers.Settle(r, names); err != nil {
		return nil, err
	}
	return l.numbers.Classes(r), nil
}
