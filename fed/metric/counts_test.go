package metric

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// made builds counts from rows of (correct, total, predicted).
func made(rows ...[3]int64) Counts {
	c := NewCounts(len(rows))
	for i, r := range rows {
		c.Correct[i], c.Total[i], c.Predicted[i] = r[0], r[1], r[2]
	}
	return c
}

// same compares numbers up to rounding; NaN equals NaN.
func same(t *testing.T, name string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) && math.IsNaN(want) {
		return
	}
	if !(math.Abs(got-want) <= 1e-12) {
		t.Errorf("%s is %.15g, want %.15g", name, got, want)
	}
}

func equal(a, b Counts) bool {
	return slices.Equal(a.Correct, b.Correct) && slices.Equal(a.Total, b.Total) &&
		slices.Equal(a.Predicted, b.Predicted)
}

func TestAddCounts(t *testing.T) {
	c := NewCounts(3)
	for _, p := range [][2]int{{0, 0}, {0, 1}, {1, 1}, {1, 1}, {2, 0}} { // label, predicted
		c.Add(p[0], p[1])
	}
	if want := made([3]int64{1, 2, 2}, [3]int64{2, 2, 3}, [3]int64{0, 1, 0}); !equal(c, want) {
		t.Errorf("counts %+v, want %+v", c, want)
	}
	if c.Seen() != 5 {
		t.Errorf("%d seen", c.Seen())
	}
	same(t, "micro", c.Micro(), 3.0/5)
	a := c.Accuracies()
	same(t, "accuracy 0", a[0], 0.5)
	same(t, "accuracy 1", a[1], 1)
	same(t, "accuracy 2", a[2], 0)
}

// The three tallies share one allocation; growing one must not reach into the next.
func TestCountsDoNotOverlap(t *testing.T) {
	c := NewCounts(2)
	_ = append(c.Correct, 9)
	_ = append(c.Total, 9)
	if !equal(c, made([3]int64{}, [3]int64{})) {
		t.Errorf("counts %+v after appending", c)
	}
}

// Merging the counts of parts gives the counts of the whole, however the predictions are divided.
func TestMergeIsConcatenation(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		classes, parts := 1+rng.IntN(6), 1+rng.IntN(5)
		whole, merged := NewCounts(classes), NewCounts(classes)
		split := make([]Counts, parts)
		for i := range split {
			split[i] = NewCounts(classes)
		}
		for range rng.IntN(40) {
			y, p, k := rng.IntN(classes), rng.IntN(classes), rng.IntN(parts)
			whole.Add(y, p)
			split[k].Add(y, p)
		}
		for _, i := range rng.Perm(parts) {
			merged.Merge(split[i])
		}
		if !equal(whole, merged) {
			t.Fatalf("whole %+v, merged %+v", whole, merged)
		}
	}
}

func TestMergeRefusesOtherSizes(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("counts of 2 classes merge into 3")
		}
	}()
	NewCounts(3).Merge(NewCounts(2))
}

// Confidences at the bins' edges, certainty, and a calibration error by hand.
func TestReliability(t *testing.T) {
	var r Reliability
	same(t, "of nothing", r.ECE(), math.NaN())
	for _, c := range []float64{0, 1.0 / Bins, 1.5 / Bins, 1} {
		r.Add(c, true)
	}
	if r.Total[0] != 2 || r.Total[1] != 1 || r.Total[Bins-1] != 1 {
		t.Errorf("bins %v", r.Total)
	}
	var two Reliability
	two.Add(0.9, true)
	two.Add(0.9, false)
	two.Add(0.5, true)
	two.Add(0.5, true)
	same(t, "ECE", math.Round(two.ECE()*1e12)/1e12, (0.8+1)/4)
	same(t, "gap", math.Round(two.Gap()*1e12)/1e12, (2.8-3)/4)
	pooled := Pool(MergeReliability(nil, []Reliability{r, two}), []int{1})
	same(t, "pooled", pooled.ECE(), two.ECE())
}
