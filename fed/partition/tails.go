package partition

import (
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/seed"
)

// floor is the option of tails that leave every class something.
type floor struct {
	Min int `json:"min_per_class" usage:"training images that every class keeps, if it has them"`
}

// Validate reports a floor that is none.
func (f floor) Validate() error {
	if f.Min < 0 {
		return fault.Usagef("partition: at least %d samples a class: must not be negative", f.Min)
	}
	return nil
}

// Along are the options of tails along which classes have a place.
type Along struct {
	Imbalance float64 `json:"imbalance" usage:"largest class over smallest class, IF; 1 keeps the data balanced"`
	floor
	Shuffle bool `json:"shuffle_classes" usage:"draw the order of the classes along the tail from --data-seed"`
}

func along() Along { return Along{Imbalance: paperFactor, floor: floor{1}} }

// Factor is IF.
func (a Along) Factor() float64 { return a.Imbalance }

// Validate reports options that make no tail.
func (a Along) Validate() error {
	if math.IsNaN(a.Imbalance) || a.Imbalance < 1 || math.IsInf(a.Imbalance, 0) {
		return fault.Usagef("partition: imbalance factor %v: it is the ratio of the largest to the smallest class, "+
			"1 or more", a.Imbalance)
	}
	return a.floor.Validate()
}

// sizes gives every class the size that keep has for its place: the data's order, or a drawn one.
func (a Along) sizes(classes int, root seed.Root, keep func(place int) int) []int {
	place := make([]int, classes)
	for i := range place {
		place[i] = i
	}
	if a.Shuffle {
		rng := root.Stream(seed.ClassOrder)
		rng.Shuffle(classes, func(i, j int) { place[i], place[j] = place[j], place[i] })
	}
	for c, at := range place {
		place[c] = max(keep(at), a.Min)
	}
	return place
}

// Exponential leaves n_c = ⌊n_max · IF^(−c/(C−1))⌋.
type Exponential struct{ Along }

// Sizes is that formula.
func (e *Exponential) Sizes(largest float64, classes int, root seed.Root) ([]int, error) {
	return e.sizes(classes, root, func(i int) int {
		if classes == 1 {
			return int(largest)
		}
		return int(largest * math.Pow(1/e.Imbalance, float64(i)/float64(classes-1)))
	}), nil
}

// Step leaves n_max of the first half of the classes, n_max/IF of the second.
type Step struct{ Along }

// Sizes is that rule.
func (s *Step) Sizes(largest float64, classes int, root seed.Root) ([]int, error) {
	return s.sizes(classes, root, func(i int) int {
		if 2*i < classes {
			return int(largest)
		}
		return int(largest / s.Imbalance)
	}), nil
}

// Whole leaves the data as it is.
type Whole struct{}

// Validate accepts everything: there are no options.
func (Whole) Validate() error { return nil }

// Sizes have no bound.
func (Whole) Sizes(_ float64, classes int, _ seed.Root) ([]int, error) {
	sizes := make([]int, classes)
	for c := range sizes {
		sizes[c] = math.MaxInt
	}
	return sizes, nil
}

// List leaves what a file says.
type List struct {
	Counts string `json:"counts" usage:"<FILE> with the training images of every class, a number a line"`
	floor
	Sizing []int `json:"-"` // the counts, where they are known already: Counts is not read then
}

// Sizes belong to the classes themselves, not to places along a tail.
func (l *List) Sizes(_ float64, classes int, _ seed.Root) ([]int, error) {
	counts := l.Sizing
	if counts == nil {
		var err error
		if counts, err = ReadCounts(l.Counts, "--counts"); err != nil {
			return nil, err
		}
	}
	if len(counts) != classes {
		return nil, fault.Usagef("partition: the list has %d counts for %d classes", len(counts), classes)
	}
	sizes := make([]int, classes)
	for c, n := range counts {
		if n < 0 {
			return nil, fault.Usagef("partition: the list says %d samples of class %d", n, c)
		}
		sizes[c] = max(n, l.Min)
	}
	return sizes, nil
}

// ReadCounts reads a file with the images of every class, a number a line, which an option names.
func ReadCounts(path, flag string) (counts []int, err error) {
	text, err := lines(path, flag)
	if err != nil {
		return nil, err
	}
	for i, line := range text {
		n, err := strconv.Atoi(line)
		if err != nil {
			return nil, fault.Corruptf("%s, line %d: %q is no number of images", path, i+1, line)
		}
		counts = append(counts, n)
	}
	return counts, nil
}

// lines reads a text file without its empty lines.
func lines(path, flag string) ([]string, error) {
	if path == "" {
		return nil, fault.Usagef("%s FILE is needed", flag)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Missingf("%s: %w", flag, err)
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out, nil
}
