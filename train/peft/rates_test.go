package peft

import (
	"math"
	"testing"
)

// Rates are the table's up to the curvature at which a step reaches too far, and fall with it beyond.
func TestBounded(t *testing.T) {
	for _, e := range Modules {
		reach := e.Reach
		if reach == 0 {
			reach = usualReach
		}
		for _, curvature := range []float64{0, 1e-3, 1, 100, 1e4, 1e8} {
			got := e.Bounded(curvature)
			for _, rate := range []struct{ is, was, bound float64 }{
				{got.LR, e.LR, reach * 3.2 / curvature}, {got.PersonalLR, e.PersonalLR, usualReach * 32 / curvature},
			} {
				bound := rate.bound
				switch {
				case bound >= rate.was && rate.is != rate.was:
					t.Errorf("%s, curvature %g: rate %v, want %v", e.Name, curvature, rate.is, rate.was)
				case bound < rate.was && !(math.Abs(rate.is-bound) <= 0.05*bound):
					t.Errorf("%s, curvature %g: rate %v, want two digits of %v", e.Name, curvature, rate.is, bound)
				}
			}
		}
	}
	e, err := Find("linear")
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Bounded(5770); got.LR != 0.00014 || got.PersonalLR != 0.0014 {
		t.Errorf("rates %v and %v, want 0.00014 and 0.0014", got.LR, got.PersonalLR)
	}
}
