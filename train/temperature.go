package train

import (
	"math"

	"github.com/fedpurel/fedpurel/train/f32"
)

// The release of FedPuReL halves the interval from tauLow to tauHigh twenty times and answers with the middle of what
// is left, a cell of width tauCell. The alignment gradient is a small difference that feels the rounding, so
// Temperature answers with the middle of that very cell.
const (
	tauLow  = 0.05
	tauHigh = 20
	tauCell = (tauHigh - tauLow) / (1 << 20)
)

// Temperature returns τ in [0.05, 20] at which softmax(x/τ) has the entropy target, in nats, within 10⁻⁵. The entropy
// does not decrease with τ; where the target is out of reach, the answer is next to a bound.
//
// The search is Newton's in β = 1/τ on log H, which is nearly linear where predictions are sharp:
// dH/dβ = −β Var_p(x). A step that leaves the bracket becomes a halving, so it always ends.
func Temperature(x *f32.Tempered, target float64) float64 {
	h, variance := x.EntropyAt(1)
	return temperature(x, target, h, variance)
}

// temperature is Temperature for a prediction whose entropy and variance at τ = 1 are known.
func temperature(x *f32.Tempered, target, h, variance float64) float64 {
	lo, hi, tau := tauLow, float64(tauHigh), 1.0
	for {
		if h > target {
			hi = tau
		} else {
			lo = tau
		}
		next := 1 / (1/tau + math.Log(h/target)*h*tau/variance)
		if !(next > lo && next < hi) { // also if it is NaN
			next = (lo + hi) / 2
		}
		if math.Abs(next-tau) <= tauCell/100 {
			return tauLow + (math.Floor((next-tauLow)/tauCell)+0.5)*tauCell
		}
		tau = next
		h, variance = x.EntropyAt(tau)
	}
}

// Temperatures brings two predictions to the mean of their entropies, H* = ½[H(softmax ℓ) + H(softmax z)].
func Temperatures(student, teacher *f32.Tempered) (ts, tt float64) {
	hs, vs := student.EntropyAt(1)
	ht, vt := teacher.EntropyAt(1)
	target := (hs + ht) / 2
	return temperature(student, target, hs, vs), temperature(teacher, target, ht, vt)
}
