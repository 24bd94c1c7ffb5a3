package names

import (
	"math"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Numbers makes classes of labels that are numbers, in the same way for all formats. Numbers are
//
//	positions, if names are given for 0 to the highest, or if they run from 0 or 1 with few gaps
//	counted from 1, if none is 0 and they run from 1, to the number of the names if those are given
//	keys of the names, if the lines of these begin with numbers and they are among them
//	ids of things, in all other cases: then classes are those that occur, in their order
//
// All but the first are noted, and so are classes that no image is of.
type Numbers struct {
	index   map[int64]int // in the order of appearance
	written []int64
	where   []string // they stand first
	named   map[int64]string
	parts   map[int64]map[string]bool // of the set, in which images name the number
	label   []int                     // by index, once it is settled
	number  []int64                   // by label
	given   []string                  // names by label, nil if only images bring any
}

// Given are the names that a set has for its numbers, in their order.
type Given struct {
	From  string           // what gives them
	Names []string         // none: the numbers have no names
	From1 bool             // it numbers them from 1
	Keys  map[int64]string // the names by the numbers with which lines begin, nil if those are none, or run from 0 or 1
}

// Add notes a number and returns its index in the order of appearance; −1 stands for an unknown label and is its own
// index. where says which image has it.
func (n *Numbers) Add(number int64, where func() string) (int, error) {
	if i, there := n.index[number]; there {
		return i, nil
	}
	switch {
	case number == -1:
		return -1, nil
	case number < 0, number == math.MaxInt64: // which stands for all that are too large
		return 0, fault.Corruptf("dataset: %s has label %d, which is no class", where(), number)
	case len(n.index) == dataset.MostClasses:
		return 0, fault.Corruptf("dataset: %s has label %d, one of more than %d; is it a label at all?",
			where(), number, dataset.MostClasses)
	}
	if n.index == nil {
		n.index, n.named, n.parts = map[int64]int{}, map[int64]string{}, map[int64]map[string]bool{}
	}
	i := len(n.written)
	n.index[number] = i
	n.written, n.where = append(n.written, number), append(n.where, where())
	return i, nil
}

// Call notes the name that an image in a part of the set, such as a split, gives to its number.
func (n *Numbers) Call(number int64, name, part, where string) error {
	if name == "" {
		return nil
	}
	if known := n.named[number]; known != "" && known != name {
		return fault.Corruptf("dataset: %s calls class %d %q, which is %q elsewhere",
			where, number, disk.Clipped(name), disk.Clipped(known))
	}
	n.named[number] = name
	if n.parts[number] == nil {
		n.parts[number] = map[string]bool{}
	}
	n.parts[number][part] = true
	return nil
}

// Any tells whether there are any numbers, and how high they go.
func (n *Numbers) Any() (highest int64, any bool) {
	if len(n.written) == 0 {
		return -1, false
	}
	return slices.Max(n.written), true
}

// Label is the label of an index, once numbers are settled.
func (n *Numbers) Label(index int) int {
	if index < 0 {
		return index
	}
	return n.label[index]
}

// Written are the numbers of the classes.
func (n *Numbers) Written() []int64 { return n.number }

// Name is the name of a class, "" if it has none.
func (n *Numbers) Name(label int) string {
	if n.given != nil {
		return n.given[label]
	}
	return n.named[n.number[label]]
}

// Classes are the names of the classes: ImageNet's where names are WordNet ids, and "class" with the number where there
// are none.
func (n *Numbers) Classes(r *dataset.Remarks) []string {
	published := map[string]string{}
	if slices.ContainsFunc(n.given, IsWordNet) {
		published = ImageNet()
	}
	return fill(r, len(n.number), func(i int) string {
		name := n.Name(i)
		if known := published[name]; known != "" {
			return known
		}
		return name
	}, func(i int) int64 { return n.number[i] })
}
