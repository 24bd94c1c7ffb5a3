package dataset

import (
	"maps"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/train/fault"
)

// legend turns the labels of samples and tables into classes. Labels are numbers, and the classes may have names; or words, which are the
// names, and then classes are in their byte order.
type legend struct {
	root    string
	words   map[string]int // in the order of appearance
	numbers bool           // there are labels that are numbers, up to
	most    int
	order   []int          // the labels of words
	names   map[int]string // of numbers, where images bring them
}

func newLegend(root string) *legend {
	return &legend{root: root, words: map[string]int{}, names: map[int]string{}}
}

// number notes a label that is a number; where says which image has it. −1 stands for an unknown label.
func (l *legend) number(n int64, where string) (int, error) {
	if n < -1 || n >= mostClasses {
		return 0, fault.Corruptf("dataset: %s: %s has label %d, which is no class", l.root, where, n)
	}
	l.numbers = l.numbers || n >= 0
	l.most = max(l.most, int(n))
	return int(n), nil
}

// word notes a label that is a word and returns its number in the order of appearance.
func (l *legend) word(w []byte, where string) (int, error) {
	if n, there := l.words[string(w)]; there {
		return n, nil
	}
	if len(l.words) == mostClasses {
		return 0, fault.Corruptf("dataset: %s: %s has the label %q, one of more than %d; is it a label at all?", l.root, where, clipped(string(w)), mostClasses)
	}
	n := len(l.words)
	l.words[string(w)] = n
	return n, nil
}

// name notes the name that an image gives its class.
func (l *legend) name(n int, name, where string) error {
	if known := l.names[n]; known != "" && known != name {
		return fault.Corruptf("dataset: %s: %s calls class %d %q, which is %q elsewhere", l.root, where, n, clipped(name), clipped(known))
	}
	l.names[n] = name
	return nil
}

// label is the label of a class, of what number or word returned. Of words it is known once there are classes.
func (l *legend) label(n int) int {
	if l.order == nil || n < 0 {
		return n
	}
	return l.order[n]
}

// classes returns the names of all classes. given are the names that the set has for numbers; without, a file beside it may have them, or
// the images themselves.
func (l *legend) classes(r *Remarks, given []string) (classes []string, err error) {
	folder := l.root
	if !isFolder(folder) {
		folder = filepath.Dir(folder)
	}
	if len(l.words) > 0 {
		words := slices.Sorted(maps.Keys(l.words))
		if l.numbers {
			return nil, fault.Corruptf("dataset: %s: some labels are numbers, others are words such as %q", l.root, clipped(words[0]))
		}
		l.order = make([]int, len(words))
		for label, w := range words {
			l.order[l.words[w]] = label
		}
		names, err := classNames(folder, words)
		return fill(r, len(words), func(i int) string { return names[i] }), err
	}
	if len(given) == 0 {
		if _, given, err = namesBeside(folder); err != nil {
			return nil, err
		}
	}
	if len(given) == 0 && l.numbers {
		return fill(r, l.most+1, func(i int) string { return l.names[i] }), nil
	}
	published := map[string]string{}
	if slices.ContainsFunc(given, isWordNet) {
		published = imagenetNames()
	}
	return fill(r, len(given), func(i int) string {
		if name := published[given[i]]; name != "" {
			return name
		}
		return given[i]
	}), nil
}
