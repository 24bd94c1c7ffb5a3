package partition

import (
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/seed"
)

// exponential is a tail with a floor.
func exponential(imbalance float64, least int) Tail {
	return &Exponential{Along{Imbalance: imbalance, floor: floor{least}}}
}

// The protocol of the field: 100 classes of 500 images.
func TestLongTailCounts(t *testing.T) {
	labels := balanced(100, 500)
	for _, c := range []struct {
		imbalance float64
		total     int
		first     []int
		last      []int
		groups    []int // many, medium, few
	}{
		{100, 10847, []int{500, 477, 455, 434, 415, 396, 378, 361, 344, 328}, []int{5, 5, 5, 5}, []int{35, 34, 31}},
		{50, 12608, []int{500}, nil, nil},
		{10, 19573, []int{500}, nil, nil},
		{1, 50000, []int{500, 500}, []int{500}, []int{100, 0, 0}},
	} {
		kept, err := LongTail(labels, 100, exponential(c.imbalance, 1), 1)
		if err != nil {
			t.Fatal(err)
		}
		counts := make([]int, 100)
		for _, i := range kept {
			counts[labels[i]]++
		}
		if len(kept) != c.total {
			t.Errorf("IF=%v keeps %d, want %d", c.imbalance, len(kept), c.total)
		}
		if !slices.Equal(counts[:len(c.first)], c.first) || !slices.Equal(counts[100-len(c.last):], c.last) {
			t.Errorf("IF=%v: counts %v", c.imbalance, counts)
		}
		for i, g := range metric.ByThresholds(counts) {
			if c.groups != nil && len(g.Classes) != c.groups[i] {
				t.Errorf("IF=%v: %d classes are %s, want %d", c.imbalance, len(g.Classes), g.Name, c.groups[i])
			}
		}
	}
}

// Which images of a class stay depends on the class alone: a longer tail keeps a subset, classes are listed in order.
func TestLongTailIsNested(t *testing.T) {
	labels := balanced(8, 50)
	long, err := LongTail(labels, 8, exponential(5, 1), 3)
	if err != nil {
		t.Fatal(err)
	}
	short, err := LongTail(labels, 8, exponential(25, 1), 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range short {
		if !slices.Contains(long, i) {
			t.Errorf("row %d stays at IF=25 but not at IF=5", i)
		}
	}
	byClass := func(a, b int) int { return int(labels[a] - labels[b]) }
	if !slices.IsSortedFunc(short, byClass) {
		t.Error("rows are not listed class by class")
	}
}

func TestLongTailKeepsOne(t *testing.T) {
	labels := append(balanced(3, 4), 3) // class 3 has one image, class 4 none
	kept, err := LongTail(labels, 5, exponential(1e6, 1), 1)
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]int, 5)
	for _, i := range kept {
		counts[labels[i]]++
	}
	if !slices.Equal(counts, []int{2, 1, 1, 1, 0}) { // ⌊13/5⌋ = 2, then at least one where there is any
		t.Errorf("counts %v", counts)
	}
	one, err := LongTail(make([]int32, 7), 1, exponential(100, 1), 1)
	if err != nil || len(one) != 7 {
		t.Errorf("a single class keeps %d of 7: %v", len(one), err)
	}
}

// The shapes of the tail, on 6 classes of 20.
func TestProfiles(t *testing.T) {
	labels := balanced(6, 20)
	for _, c := range []struct {
		name string
		tail Tail
		want []int
	}{
		{"exponential", exponential(20, 0), []int{20, 10, 6, 3, 1, 1}},
		{"at least two", exponential(20, 2), []int{20, 10, 6, 3, 2, 2}},
		{"step", &Step{Along{Imbalance: 10}}, []int{20, 20, 20, 2, 2, 2}},
		{"natural", Whole{}, []int{20, 20, 20, 20, 20, 20}},
		{"list", &List{Sizing: []int{1, 2, 3, 4, 5, 600}}, []int{1, 2, 3, 4, 5, 20}},
	} {
		kept, err := LongTail(labels, 6, c.tail, 1)
		if err != nil {
			t.Fatal(err)
		}
		counts := make([]int, 6)
		for _, i := range kept {
			counts[labels[i]]++
		}
		if !slices.Equal(counts, c.want) {
			t.Errorf("%s: %v, want %v", c.name, counts, c.want)
		}
	}
	// A shuffled order has the same sizes in another order, and depends on the seed.
	sizes := func(root seed.Root) []int {
		kept, err := LongTail(labels, 6, &Exponential{Along{Imbalance: 20, Shuffle: true}}, root)
		if err != nil {
			t.Fatal(err)
		}
		counts := make([]int, 6)
		for _, i := range kept {
			counts[labels[i]]++
		}
		return counts
	}
	a, b := sizes(1), sizes(2)
	if slices.Equal(a, b) {
		t.Errorf("two seeds give the order %v", a)
	}
	slices.Sort(a)
	if !slices.Equal(a, []int{1, 1, 3, 6, 10, 20}) {
		t.Errorf("shuffled sizes %v", a)
	}
}
