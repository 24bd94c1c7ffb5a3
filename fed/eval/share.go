package eval

import (
	"github.com/fedpurel/fedpurel/fed/metric"
)

// Share says how much of a tally leaves the place where it was counted; each level includes those before it.
type Share int

// The levels.
const (
	Nothing  Share = iota
	HitsOnly       // how many rows each model gets right, of all classes together
	ByClass        // counts by class, reliability by class, contributions, and the sums of divergences
	Whole          // which rows are right, and what models take them for
)

// Shared are the tallies of one place as far as they may leave it. Classes of which the place has fewer than least test
// rows are left out of what is told by class; so are their rows from the hits that follow from it. Integers, which add
// up in any order, are told once, with the first tally; sums of reals stay with their blocks.
func Shared(tallies []Tally, share Share, least int) []Tally {
	if share == Nothing || len(tallies) == 0 {
		return nil
	}
	all := make([]Tally, len(tallies))
	for i, t := range tallies {
		all[i] = Tally{Owner: t.Owner, Rows: t.Rows, HasGlobal: t.HasGlobal, Diverges: t.Diverges}
		if share >= ByClass {
			all[i].divergence, all[i].reliability = t.divergence, t.reliability
		}
		if share >= Whole {
			all[i].right, all[i].guesses = t.right, t.guesses
		}
	}
	first := &all[0]
	first.zero, first.global = summed(tallies, func(t *Tally) metric.Counts { return t.zero }),
		summed(tallies, func(t *Tally) metric.Counts { return t.global })
	first.local, first.personal = summed(tallies, func(t *Tally) metric.Counts { return t.local }),
		summed(tallies, func(t *Tally) metric.Counts { return t.personal })
	if share == HitsOnly {
		first.hits = map[string]metric.Hits{
			"zero_shot": first.zero.Hits(), "global": first.local.Hits(), "personal": first.personal.Hits(),
		}
		first.zero, first.global, first.local, first.personal = metric.Counts{}, metric.Counts{}, metric.Counts{},
			metric.Counts{}
		return all
	}
	for i := range tallies {
		first.contribution = metric.MergeContribution(first.contribution, tallies[i].contribution)
	}
	withhold(all, least)
	return all
}

// summed adds up counts of one kind.
func summed(tallies []Tally, of func(*Tally) metric.Counts) metric.Counts {
	var sum metric.Counts
	for i := range tallies {
		c := of(&tallies[i])
		if c.Total == nil {
			continue
		}
		if sum.Total == nil {
			sum = metric.NewCounts(len(c.Total))
		}
		sum.Merge(c)
	}
	return sum
}

// withhold leaves out what is told of classes with few test rows.
func withhold(all []Tally, least int) {
	total := all[0].local.Total
	for c, n := range total {
		if n >= int64(least) {
			continue
		}
		for _, counts := range []metric.Counts{all[0].zero, all[0].global, all[0].local, all[0].personal} {
			if counts.Total != nil {
				counts.Correct[c], counts.Total[c], counts.Predicted[c] = 0, 0, 0
			}
		}
		if all[0].contribution != nil {
			all[0].contribution[c] = metric.Contribution{}
		}
		for i := range all {
			for _, r := range all[i].reliability {
				r[c] = metric.Reliability{}
			}
		}
	}
}
