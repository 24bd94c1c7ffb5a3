package metric

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestGroups(t *testing.T) {
	thresholds := []string{"many", "medium", "few"}
	all := []string{"many", "medium", "few", "head third", "middle third", "tail third"}
	for _, c := range []struct {
		name  string
		train []int
		names []string
		want  [][]int
	}{
		{"all thresholds", []int{500, 101, 100, 21, 20, 0}, thresholds, [][]int{{0, 1}, {2, 3}, {4, 5}}},
		{
			"no few adds thirds, ties by index", []int{50, 200, 50, 50, 300, 60}, all,
			[][]int{{1, 4}, {0, 2, 3, 5}, {}, {1, 4}, {0, 5}, {2, 3}},
		},
		{"one class", []int{7}, all, [][]int{{}, {}, {0}, {}, {0}, {}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			groups := Groups(c.train)
			if len(groups) != len(c.names) {
				t.Fatalf("%d groups: %+v", len(groups), groups)
			}
			for i, g := range groups {
				if g.Name != c.names[i] || !slices.Equal(g.Classes, c.want[i]) || g.Rule == "" || g.Classes == nil {
					t.Errorf("group %+v, want %s %v", g, c.names[i], c.want[i])
				}
			}
		})
	}
}

// Thirds divide the classes completely, their sizes differ by one at most, and no tail class has more than a head
// class.
func TestThirdsDivide(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for classes := range 20 {
		train := make([]int, classes)
		for i := range train {
			train[i] = rng.IntN(9)
		}
		var all []int
		least, most, floor := classes, 0, math.MaxInt
		for _, g := range ByThirds(train) {
			all = append(all, g.Classes...)
			least, most = min(least, len(g.Classes)), max(most, len(g.Classes))
			lowest := floor
			for _, c := range g.Classes {
				if train[c] > floor {
					t.Errorf("%v: class %d of %q is larger than one of an earlier third", train, c, g.Name)
				}
				lowest = min(lowest, train[c])
			}
			floor = lowest
		}
		slices.Sort(all)
		if len(all) != classes || len(slices.Compact(all)) != classes || most-least > 1 {
			t.Errorf("%d classes: thirds hold %v, sizes %d to %d", classes, all, least, most)
		}
	}
}

func TestGroupAccuracy(t *testing.T) {
	c := made([3]int64{1, 2, 1}, [3]int64{0, 4, 0}, [3]int64{0, 0, 3}, [3]int64{3, 3, 5})
	for _, k := range []struct {
		classes []int
		want    float64
	}{
		{[]int{0}, 0.5},
		{[]int{0, 1}, 0.25},    // zero accuracy counts as zero
		{[]int{0, 2, 3}, 0.75}, // class 2 has no test image
		{[]int{0, 1, 3}, 1.5 / 3},
		{[]int{2}, math.NaN()},
		{nil, math.NaN()},
	} {
		same(t, "accuracy of the group", c.Of(Group{Classes: k.classes}), k.want)
	}
}

// A class at zero accuracy counts, except in the release's average.
func TestOfNonZero(t *testing.T) {
	c := made([3]int64{0, 1, 3}, [3]int64{2, 2, 2})
	g := Group{Classes: []int{0, 1}}
	same(t, "mean", c.Of(g), 0.5)
	same(t, "without classes at zero", c.OfNonZero(g), 1)
}
