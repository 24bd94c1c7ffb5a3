package train

import "github.com/fedpurel/fedpurel/train/f32"

// The search for a temperature: its bounds and the number of halvings, as in the FedPuReL release. Twenty halvings
// resolve 2·10⁻⁵.
const (
	tauLow   = 0.05
	tauHigh  = 20
	halvings = 20
)

// Temperature returns τ in [0.05, 20] at which softmax(x/τ) has the entropy target, in nats. The entropy does not
// decrease with τ, so bisection finds it; where the target is out of reach, the answer is next to a bound.
func Temperature(x []float32, target float64) float64 {
	lo, hi := float64(tauLow), float64(tauHigh)
	for range halvings {
		mid := (lo + hi) / 2
		if f32.Entropy(x, mid) > target {
			hi = mid
		} else {
			lo = mid
		}
	}
	return (lo + hi) / 2
}
