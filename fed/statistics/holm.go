package statistics

import (
	"cmp"
	"math"
	"slices"
)

// Holm adjusts the p-values of a family, all methods against the reference for one score of one table, so that the
// chance of any false finding is kept. With p sorted ascending and m of them,
//
//	p̃_(i) = max_{k≤i} min(1, (m−k+1) p_(k)).
//
// Those that do not exist stay NaN, and do not count in the family.
func Holm(p []float64) []float64 {
	var order []int
	adjusted := slices.Clone(p)
	for i, v := range p {
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	least := 0.0
	for k, i := range order {
		least = max(least, min(1, float64(len(order)-k)*p[i]))
		adjusted[i] = least
	}
	return adjusted
}
