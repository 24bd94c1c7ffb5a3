// Package partition decides who owns which sample: it cuts a long tail out of balanced training data and deals the
// training and test images to clients. Everything is a function of labels, parameters and a seed; the outcome is a
// Partition, saved with every run.
package partition

import (
	"math"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/seed"
)

// Tail says how many training samples of every class remain.
type Tail struct {
	Profile   string  // a name of Profiles
	Imbalance float64 // IF ≥ 1, the ratio of the largest to the smallest class; for exponential and step
	Counts    []int   // samples to keep of every class; for list
	Shuffle   bool    // draw the order of the classes along the tail from the seed, instead of the data's
	Min       int     // a class keeps at least so many samples, if it has them
}

// Profile is one shape of the long tail. keep says how many samples of the class at place i of C remain, of largest at
// the head.
type Profile struct {
	Name, Doc string
	keep      func(t Tail, largest float64, i, classes int) int
}

// Profiles is the table of long tails, in name order.
var Profiles = []Profile{
	{"exponential", "n_c = ⌊n_max · IF^(−c/(C−1))⌋", exponential},
	{"list", "counts from a file", func(t Tail, _ float64, i, _ int) int { return t.Counts[i] }},
	{"natural", "the data as it is", func(Tail, float64, int, int) int { return math.MaxInt }},
	{"step", "the first half of the classes keeps n_max, the second n_max/IF", step},
}

func exponential(t Tail, largest float64, i, classes int) int {
	if classes == 1 {
		return int(largest)
	}
	return int(largest * math.Pow(1/t.Imbalance, float64(i)/float64(classes-1)))
}

func step(t Tail, largest float64, i, classes int) int {
	if 2*i < classes {
		return int(largest)
	}
	return int(largest / t.Imbalance)
}

// ProfileNames lists the profiles.
func ProfileNames() []string {
	var names []string
	for _, p := range Profiles {
		names = append(names, p.Name)
	}
	return names
}

// LongTail lists the training samples that remain, class by class in the data's class order. With n_max = N/C, the
// exponential profile is that of Cui et al. (CVPR 2019). Which samples of a class stay is drawn per class, so another
// class's size does not matter. A class keeps at least Min samples, and at most what it has.
func LongTail(labels []int32, classes int, t Tail, root seed.Root) ([]int, error) {
	byClass, err := group(labels, classes)
	if err != nil {
		return nil, err
	}
	if err := t.validate(classes); err != nil {
		return nil, err
	}
	profile := Profiles[slices.Index(ProfileNames(), t.Profile)]
	place := make([]int, classes) // of every class along the tail
	for i := range place {
		place[i] = i
	}
	if t.Shuffle {
		rng := root.Stream(seed.ClassOrder)
		rng.Shuffle(classes, func(i, j int) { place[i], place[j] = place[j], place[i] })
	}
	var kept []int
	for c, own := range byClass {
		at := place[c]
		if t.Profile == "list" { // counts belong to classes, not to places
			at = c
		}
		n := profile.keep(t, float64(len(labels))/float64(classes), at, classes)
		n = min(max(n, t.Min), len(own))
		rng := root.Stream(seed.LongTail, uint64(c))
		rng.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
		kept = append(kept, own[:n]...)
	}
	return kept, nil
}

func (t Tail) validate(classes int) error {
	switch {
	case !slices.Contains(ProfileNames(), t.Profile):
		return fault.Usagef("partition: unknown long tail %q; known: %s", t.Profile, strings.Join(ProfileNames(), ", "))
	case math.IsNaN(t.Imbalance) || t.Imbalance < 1 || math.IsInf(t.Imbalance, 0):
		return fault.Usagef("partition: imbalance factor %v: it is the ratio of the largest to the smallest class, "+
			"1 or more", t.Imbalance)
	case t.Min < 0:
		return fault.Usagef("partition: at least %d samples a class: must not be negative", t.Min)
	case t.Profile == "list" && len(t.Counts) != classes:
		return fault.Usagef("partition: the list has %d counts for %d classes", len(t.Counts), classes)
	}
	for c, n := range t.Counts {
		if n < 0 {
			return fault.Usagef("partition: the list says %d samples of class %d", n, c)
		}
	}
	return nil
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
