package metric

import (
	"fmt"
	"math"
)

// Sigma finds the σ at which the balancedness of c is target, by bisection: balancedness grows with σ, from the share of
// equal pairs to 1. It is how an unstated σ can be recovered from a published balancedness of known predictions.
func (c Counts) Sigma(power, target float64) (float64, error) {
	lo, hi := math.Log(1e-12), math.Log(1e12)
	at := func(log float64) float64 { return c.Balancedness(Balance{math.Exp(log), power}) }
	if least, most := at(lo), at(hi); !(target > least && target < most) {
		return 0, fmt.Errorf("metric: balancedness can be between %.4g and %.4g for any σ, not %.4g", least, most, target)
	}
	for range 200 {
		if mid := (lo + hi) / 2; at(mid) < target {
			lo = mid
		} else {
			hi = mid
		}
	}
	return math.Exp(hi), nil
}
