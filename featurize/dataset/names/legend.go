package names

import (
	"maps"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Legend turns the labels of samples and tables into classes. Labels are numbers, and the classes may have names; or
// words, which are the names, and then classes are in their byte order.
type Legend struct {
	Root    string
	words   map[string]int // in the order of appearance
	numbers bool           // there are labels that are numbers, up to
	most    int
	order   []int          // the labels of words
	names   map[int]string // of numbers, where images bring them
}

// NewLegend is the legend of a set that lies in a folder or file.
func NewLegend(root string) *Legend {
	return &Legend{Root: root, words: map[string]int{}, names: map[int]string{}}
}

// Number notes a label that is a number; where says which image has it. −1 stands for an unknown label.
func (l *Legend) Number(n int64, where string) (int, error) {
	if n < -1 || n >= dataset.MostClasses {
		return 0, fault.Corruptf("dataset: %s: %s has label %d, which is no class", l.Root, where, n)
	}
	l.numbers = l.numbers || n >= 0
	l.most = max(l.most, int(n))
	return int(n), nil
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

// Name notes the name that an image gives its class.
func (l *Legend) Name(n int, name, where string) error {
	if known := l.names[n]; known != "" && known != name {
		return fault.Corruptf("dataset: %s: %s calls class %d %q, which is %q elsewhere",
			l.Root, where, n, disk.Clipped(name), disk.Clipped(known))
	}
	l.names[n] = name
	return nil
}

// Label is the label of a class, of what number or word returned. Of words it is known once there are classes.
func (l *Legend) Label(n int) int {
	if l.order == nil || n < 0 {
		return n
	}
	return l.order[n]
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
		if l.numbers {
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
	if len(given) == 0 {
		if _, given, err = Beside(folder); err != nil {
			return nil, err
		}
	}
	if len(given) == 0 && l.numbers {
		return Fill(r, l.most+1, func(i int) string { return l.names[i] }), nil
	}
	published := map[string]string{}
	if slices.ContainsFunc(given, IsWordNet) {
		published = ImageNet()
	}
	return Fill(r, len(given), func(i int) string {
		if name := published[given[i]]; name != "" {
			return name
		}
		return given[i]
	}), nil
}
