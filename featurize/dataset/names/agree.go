package names

import (
	"maps"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// folded is a name without what spellings differ in.
func folded(name string) string { return strings.ToLower(OneLine(Human(name))) }

// Agree refuses names and numbers that contradict each other: parts of a set that give a class different numbers, and a
// file that gives the numbers the same names as the images do, but otherwise.
func (n *Numbers) Agree(given Given) error {
	by := map[string][]int64{}
	for _, number := range slices.Sorted(maps.Keys(n.named)) {
		name := folded(n.named[number])
		by[name] = append(by[name], number)
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		if numbers := by[name]; len(numbers) > 1 && !n.together(numbers) {
			return fault.Corruptf("dataset: %s calls %q class %d, but %s class %d: "+
				"the parts of the set number their classes differently; number them alike, or label images by words",
				n.where[n.index[numbers[0]]], disk.Clipped(n.named[numbers[0]]), numbers[0],
				n.where[n.index[numbers[1]]], numbers[1])
		}
	}
	for shift := range int64(2) {
		if !slices.ContainsFunc(slices.Sorted(maps.Keys(n.named)), func(number int64) bool {
			at := number - shift
			return at < 0 || at >= int64(len(given.Names)) || folded(given.Names[at]) != folded(n.named[number])
		}) {
			return nil
		}
	}
	for i, name := range given.Names {
		if numbers := by[folded(name)]; len(numbers) > 0 && !slices.Contains(numbers, given.key(i)) {
			return fault.Corruptf("dataset: %s calls class %d %q, but %s class %d: names and numbers disagree; "+
				"correct the file or remove it", given.From, given.key(i), disk.Clipped(name),
				n.where[n.index[numbers[0]]], numbers[0])
		}
	}
	return nil
}

// key is the number that the file gives a name.
func (g Given) key(i int) int64 {
	if g.From1 {
		i++
	}
	return int64(i)
}

// together tells whether some part of the set names more than one of the numbers: then they are classes of one name.
func (n *Numbers) together(numbers []int64) bool {
	seen := map[string]bool{}
	for _, number := range numbers {
		for part := range n.parts[number] {
			if seen[part] {
				return true
			}
			seen[part] = true
		}
	}
	return false
}
