package statistics

import (
	"math"
	"slices"
)

// Wilcoxon is the exact two-sided p of the signed-rank test of paired differences: zeros are dropped, ties share the
// mean of their ranks, W₊ is the sum of the ranks of positive ones. Of all 2^n patterns of signs, p is the share whose
// min(W, total−W) is at most the observed one. It is 1 if nothing is left, and NaN if a difference is.
//
// No p is below WilcoxonSmallest(n): where that exceeds the level, a caller says that n is too small, not p.
func Wilcoxon(d []float64) float64 {
	size, positive := magnitudes(d)
	if slices.ContainsFunc(size, math.IsNaN) {
		return nan
	}
	ranks := make([]int, len(size)) // doubled, so that midranks are integers
	total, plus := 0, 0
	for i, r := range Midranks(size) {
		ranks[i] = int(2 * r)
		total += ranks[i]
		if positive[i] {
			plus += ranks[i]
		}
	}
	share := signed(ranks, total)
	var p float64
	for w, s := range share {
		if min(w, total-w) <= min(plus, total-plus) {
			p += s
		}
	}
	return p
}

// magnitudes are |d| without zeros, and whether each was positive.
func magnitudes(d []float64) (size []float64, positive []bool) {
	for _, v := range d {
		if v != 0 {
			size = append(size, math.Abs(v))
			positive = append(positive, v > 0)
		}
	}
	return size, positive
}

// signed has, of every sum W, the share of the patterns of signs that give it: rank after rank,
// share'(w) = ½ share(w) + ½ share(w − r). All are multiples of 2^−n, so they are exact up to n = 52.
func signed(ranks []int, total int) []float64 {
	share := make([]float64, total+1)
	share[0] = 1
	for _, r := range ranks {
		for w := total; w >= 0; w-- {
			share[w] /= 2
			if w >= r {
				share[w] += share[w-r] / 2
			}
		}
	}
	return share
}

// WilcoxonSmallest is the least p that n differences can have: 2/2^n.
func WilcoxonSmallest(n int) float64 { return math.Min(1, math.Ldexp(2, -n)) }

// WilcoxonEnough is the least number of differences that can be significant among so many comparisons under Holm.
func WilcoxonEnough(comparisons int) int {
	n := 1
	for WilcoxonSmallest(n)*float64(comparisons) > Level {
		n++
	}
	return n
}
