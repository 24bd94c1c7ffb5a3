package statistics

import (
	"cmp"
	"math"
	"slices"
)

// Midranks are the ranks of values from 1, the smallest; equal ones share the mean of their ranks.
func Midranks(v []float64) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(v[a], v[b]) })
	ranks := make([]float64, len(v))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && equal(v[order[from]], v[order[to]]) {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = float64(from+1+to) / 2
		}
		from = to
	}
	return ranks
}

// equal takes values for the same that differ by no more than rounding does: accuracies are counts over counts, and the
// ties among their means and differences shall not hang on the order of summation.
func equal(a, b float64) bool { return math.Abs(a-b) <= 1e-12*(1+max(math.Abs(a), math.Abs(b))) }

// Ranks ranks the methods in every setting, by scores [setting][method]: 1 is the best, ties have midranks. Mean is
// that of every method over the settings.
func Ranks(scores [][]float64, higher bool) (mean []float64, each [][]float64) {
	for _, s := range scores {
		s = slices.Clone(s)
		for m := range s {
			if higher {
				s[m] = -s[m]
			}
		}
		ranks := Midranks(s)
		if mean == nil {
			mean = make([]float64, len(s))
		}
		for m, r := range ranks {
			mean[m] += r / float64(len(scores))
		}
		each = append(each, ranks)
	}
	return mean, each
}

// Pairwise is Wilcoxon's exact p of every two methods over the settings, and the same adjusted by Holm over all pairs.
// A test of two methods so depends on no third, but for the size of the family. The diagonals are 1.
func Pairwise(scores [][]float64) (p, adjusted [][]float64) {
	k := len(scores[0])
	var family []float64
	for a := range k {
		for b := range a {
			d := make([]float64, len(scores))
			for i, s := range scores {
				if !equal(s[a], s[b]) {
					d[i] = s[a] - s[b]
				}
			}
			family = append(family, Wilcoxon(d))
		}
	}
	return square(k, family), square(k, Holm(family))
}

// square is the symmetric matrix of what lies below its diagonal.
func square(k int, below []float64) [][]float64 {
	m := make([][]float64, k)
	for a := range m {
		m[a] = make([]float64, k)
		m[a][a] = 1
		for b := range a {
			m[a][b], below = below[0], below[1:]
			m[b][a] = m[a][b]
		}
	}
	return m
}

// Bars are the bars of a critical-difference diagram: with the methods in the order of their mean ranks, the longest
// stretches of two or more in which no pair is apart. Their members are in that order.
func Bars(mean []float64, apart func(a, b int) bool) (bars [][]int) {
	order := Order(mean)
	end := 0 // of the bar before: one that ends there lies within it
	for from := range order {
		to := from + 1
		for to < len(order) && !slices.ContainsFunc(order[from:to], func(a int) bool { return apart(a, order[to]) }) {
			to++
		}
		if to > end && to-from > 1 {
			bars = append(bars, order[from:to:to])
		}
		end = max(end, to)
	}
	return bars
}

// Order is the methods by their mean ranks, the best first.
func Order(mean []float64) []int {
	order := make([]int, len(mean))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(mean[a], mean[b]) })
	return order
}
