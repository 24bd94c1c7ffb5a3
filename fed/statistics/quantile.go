package statistics

import (
	"math"
	"slices"
)

// Quantile is that of p of sorted values, linear between order statistics at (n−1)p. It is what NumPy does; gonum's
// rules are others.
func Quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	below := math.Floor(at)
	x := sorted[int(below)]
	if at > below {
		x += (at - below) * (sorted[int(below)+1] - x)
	}
	return x
}

// Percentile is the percentile interval of replicates at 1 − Level.
func Percentile(replicates []float64) (low, high float64) {
	sorted := slices.Sorted(slices.Values(replicates))
	return Quantile(sorted, Level/2), Quantile(sorted, 1-Level/2)
}
