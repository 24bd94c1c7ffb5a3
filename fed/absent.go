package fed

import (
	"fmt"
	"maps"
	"slices"
)

// there are those of some clients that were not absent in the round so far.
func (r *Round) there(of []int) []int {
	if len(r.absent) == 0 {
		return of
	}
	return slices.DeleteFunc(slices.Clone(of), func(k int) bool { return r.absent[k] != nil })
}

// Present are the clients of the cohort that were not absent in the round so far, ascending.
func (r *Round) Present() []int { return r.there(r.Cohort) }

// enough reports an ask of which too few answered.
func (r *Round) enough(a Ask, of []int) error {
	came := len(r.there(of))
	want := min(max(r.plan.MinClients, 1), len(of))
	if a.Whole {
		want = len(of)
	}
	if came >= want {
		return nil
	}
	i := slices.IndexFunc(of, func(k int) bool { return r.absent[k] != nil })
	return fmt.Errorf("fed: round %d: %d of %d clients answered, want %d: %s: %w", r.Index+1, came, len(of), want,
		called(of[i], r.plan.Names), r.absent[of[i]])
}

// gone are the clients that were absent, and those whose late replies did not come, ascending.
func (r *Round) gone() (absent, missed []int) {
	return slices.Sorted(maps.Keys(r.absent)), slices.Sorted(maps.Keys(r.missed))
}
