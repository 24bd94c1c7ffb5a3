// Package partition decides who owns which sample: it cuts a long tail out of balanced training data and deals the
// training and test images to clients. Everything is a function of labels, parameters and a seed; the outcome is a
// Partition, saved with every run. Make divides by Options, which start from Default; a partitioner or a long tail of
// one's own goes into them.
package partition

import (
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/seed"
)

// Tail says how many training samples of every class remain. It is a pointer to a struct whose fields are its options,
// see package option.
type Tail interface {
	Validate() error
	// Sizes says how many samples of every class may stay, of largest at the head. A class has what it has.
	Sizes(largest float64, classes int, root seed.Root) ([]int, error)
}

// Profile is one shape of the long tail, a row of the table.
type Profile struct {
	Name, Doc string
	Title     string      // in a report's line
	New       func() Tail // with its default options
}

// imbalanced is a tail with an imbalance factor, which the partition records.
type imbalanced interface{ Factor() float64 }

// paperFactor is the paper's imbalance factor. Partitions record it also of tails that have none.
const paperFactor = 100

func factor(t Tail) float64 {
	if f, ok := t.(imbalanced); ok {
		return f.Factor()
	}
	return paperFactor
}

// Profiles is the table of long tails, in name order.
var Profiles = []Profile{
	{"exponential", "n_c = ⌊n_max · IF^(−c/(C−1))⌋", "long tail", func() Tail { return &Exponential{along()} }},
	{"list", "counts from a file", "listed class sizes", func() Tail { return &List{floor: floor{1}} }},
	{"natural", "the data as it is", "data as it is", func() Tail { return Whole{} }},
	{"step", "the first half of the classes keeps n_max, the second n_max/IF", "step tail",
		func() Tail { return &Step{along()} }},
}

func profileNames(profiles []Profile) []string {
	var names []string
	for _, p := range profiles {
		names = append(names, p.Name)
	}
	return names
}

// FindProfile returns the row called name; an unknown name is an error that lists the known ones.
func FindProfile(profiles []Profile, name string) (Profile, error) {
	for _, p := range profiles {
		if p.Name == name {
			return p, nil
		}
	}
	return Profile{}, fault.Unknown("partition: unknown long tail", name, profileNames(profiles))
}

// LongTail lists the training samples that remain, class by class in the data's class order. With n_max = N/C, the
// exponential profile is that of Cui et al. (CVPR 2019). Which samples of a class stay is drawn per class, so another
// class's size does not matter.
func LongTail(labels []int32, classes int, t Tail, root seed.Root) ([]int, error) {
	byClass, err := group(labels, classes)
	if err != nil {
		return nil, err
	}
	if err := t.Validate(); err != nil {
		return nil, err
	}
	sizes, err := t.Sizes(float64(len(labels))/float64(classes), classes, root)
	if err != nil {
		return nil, err
	}
	var kept []int
	for c, own := range byClass {
		rng := root.Stream(seed.LongTail, uint64(c))
		rng.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
		kept = append(kept, own[:min(sizes[c], len(own))]...)
	}
	return kept, nil
}

// group lists the sample indices of every class, in data order.
func group(labels []int32, classes int) ([][]int, error) {
	byClass := make([][]int, classes)
	for i, y := range labels {
		if y < 0 || int(y) >= classes {
			return nil, fault.Corruptf("partition: sample %d has label %d, but there are %d classes", i, y, classes)
		}
		byClass[y] = append(byClass[y], i)
	}
	return byClass, nil
}
