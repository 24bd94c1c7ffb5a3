package metric

import (
	"fmt"
	"math"
)

// Balance holds the two constants of balancedness. Values are comparable only under equal constants, so every report
// states them.
type Balance struct {
	Sigma float64 `json:"sigma"` // σ, in squared accuracy (accuracy in [0,1]) for power 2
	Power float64 `json:"power"` // exponent of |a_i − a_j|
}

// DefaultBalance is σ = 0.02, power 2. The paper leaves σ open.
var DefaultBalance = Balance{Sigma: 0.02, Power: 2}

// String is "σ = 0.02, power 2".
func (b Balance) String() string { return fmt.Sprintf("σ = %g, power %g", b.Sigma, b.Power) }

// balancedness does not exist where accuracy is no better than chance: whoever is always wrong is perfectly balanced.
func balancedness(v View) float64 {
	if !(v.Micro() > Chance(len(v.Total))) {
		return math.NaN()
	}
	return v.Balancedness(v.Balance)
}

// Balancedness is β = (1/C²) Σ_i Σ_j exp(−|a_i − a_j|^power / σ) over all ordered pairs of classes that have test
// images, i = j included (FedPuReL, arXiv 2605.02247; after Kang et al., ICLR 2021). 1 means equal accuracies, the
// floor is 1/C.
func (c Counts) Balancedness(b Balance) float64 {
	var present []float64
	for _, a := range c.Accuracies() {
		if !math.IsNaN(a) {
			present = append(present, a)
		}
	}
	var sum float64
	for _, x := range present {
		for _, y := range present {
			sum += math.Exp(-math.Pow(math.Abs(x-y), b.Power) / b.Sigma)
		}
	}
	if len(present) == 0 {
		return math.NaN()
	}
	return sum / float64(len(present)*len(present))
}

// Sigma finds the σ at which the balancedness of c is target, by bisection: balancedness grows with σ, from the share
// of equal pairs to 1. It is how an unstated σ can be recovered from a published balancedness of known predictions.
func (c Counts) Sigma(power, target float64) (float64, error) {
	lo, hi := math.Log(1e-12), math.Log(1e12)
	at := func(log float64) float64 { return c.Balancedness(Balance{math.Exp(log), power}) }
	if least, most := at(lo), at(hi); !(target > least && target < most) {
		return 0, fmt.Errorf("metric: balancedness can be between %.4g and %.4g for any σ, not %.4g",
			least, most, target)
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
