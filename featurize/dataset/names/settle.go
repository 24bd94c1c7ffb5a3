package names

import (
	"maps"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Settle finds out what the numbers are.
func (n *Numbers) Settle(r *dataset.Remarks, given Given) error {
	if err := n.Agree(given); err != nil {
		return err
	}
	sorted := slices.Sorted(slices.Values(n.written))
	if len(given.Names) > 0 {
		if err := n.byNames(r, given, sorted); err != nil {
			return err
		}
	} else {
		n.byThemselves(r, sorted)
	}
	labels := map[int64]int{}
	for label, number := range n.number {
		labels[number] = label
	}
	n.label = make([]int, len(n.written))
	for i, number := range n.written {
		n.label[i] = labels[number]
	}
	return nil
}

// run makes the numbers from first on classes.
func (n *Numbers) run(first int64, count int) {
	n.number = make([]int64, count)
	for i := range n.number {
		n.number[i] = first + int64(i)
	}
}

// byNames aligns numbers with names.
func (n *Numbers) byNames(r *dataset.Remarks, given Given, sorted []int64) error {
	count := int64(len(given.Names))
	n.given = given.Names
	switch lowest, highest := first(sorted), last(sorted); {
	case lowest == 1 && highest == count, given.From1 && lowest >= 1 && highest <= count:
		n.run(1, int(count))
		r.Note("labels are counted from 1, since they run from %d to %d and %s names %d classes",
			lowest, highest, given.From, count)
	case highest < count:
		n.run(0, int(count))
	case given.knows(sorted):
		n.number = slices.Sorted(maps.Keys(given.Keys))
		n.given = nil
		for _, number := range n.number {
			n.given = append(n.given, given.Keys[number])
		}
		r.Note("labels are the numbers with which the lines of %s begin", given.From)
	default:
		if i := slices.IndexFunc(n.written, func(w int64) bool { return given.Keys[w] == "" }); len(given.Keys) > 0 {
			return fault.Corruptf("dataset: %s has label %d, but no line of %s begins with that number",
				n.where[i], n.written[i], given.From)
		}
		i := slices.IndexFunc(n.written, func(w int64) bool { return w >= count })
		return fault.Corruptf("dataset: %s has label %d, but there are %d classes (0 to %d), as %s names them",
			n.where[i], n.written[i], count, count-1, given.From)
	}
	if without := n.without(sorted); len(without) > 0 {
		r.Note("%d of %d classes have no image, such as %q (label %d)", len(without), count,
			disk.Clipped(n.given[slices.Index(n.number, without[0])]), without[0])
	}
	return nil
}

// byThemselves makes classes of numbers that have no names, or those that images give them.
func (n *Numbers) byThemselves(r *dataset.Remarks, sorted []int64) {
	lowest, highest := first(sorted), last(sorted)
	gaps := highest - lowest + 1 - int64(len(sorted))
	switch {
	case len(sorted) == 0:
	case lowest > 1 || gaps > int64(len(sorted)/2):
		n.number = sorted
		r.Note("labels are taken for ids, since only %d of the numbers from %d to %d occur: each of those is a class, "+
			"in their order%s", len(sorted), lowest, highest, n.remedy())
		return
	case lowest == 1:
		n.run(1, int(highest))
		r.Note("labels are counted from 1, since no image has label 0 and they run from 1 to %d%s", highest, n.remedy())
	default:
		n.run(0, int(highest+1))
	}
	if gaps > 0 {
		without := n.without(sorted)
		r.Note("%d of %d classes have no image, such as that of label %d: the numbers have gaps", len(without),
			len(n.number), without[0])
	}
}

// remedy says how numbers without names get some.
func (n *Numbers) remedy() string {
	if len(n.named) > 0 {
		return ""
	}
	return "; " + File + ` names them, with a line "number name" for each`
}

// without are the numbers of classes that no image has.
func (n *Numbers) without(sorted []int64) []int64 {
	return slices.DeleteFunc(slices.Clone(n.number), func(number int64) bool {
		_, has := slices.BinarySearch(sorted, number)
		return has
	})
}

func first(sorted []int64) int64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[0]
}

func last(sorted []int64) int64 {
	if len(sorted) == 0 {
		return -1
	}
	return sorted[len(sorted)-1]
}

// knows tells whether all numbers are keys of names.
func (g Given) knows(numbers []int64) bool {
	return len(g.Keys) > 0 && !slices.ContainsFunc(numbers, func(number int64) bool { return g.Keys[number] == "" })
}
