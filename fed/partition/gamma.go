package partition

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat/distuv"
)

// weight is a draw from Gamma(shape, 1), and its logarithm. Independent weights of one shape, over their sum, are a
// draw from a Dirichlet distribution; those that stay when some are struck out are one over the rest.
//
// A small shape needs the logarithm: at 10⁻⁴, nine draws of ten are smaller than any float64, and yet the largest of
// them has nearly everything.
type weight struct{ value, log float64 }

// nothing is the weight of what is struck out.
var nothing = weight{0, math.Inf(-1)}

// Below smallShape, draws are made in logarithms. Below tiniest, a shape gives the same shares as there, all to one,
// but its logarithms would be infinite.
const (
	smallShape = 0.2
	tiniest    = 1e-300
)

// gamma draws a weight.
func gamma(shape float64, rng *rand.Rand) weight {
	if shape >= smallShape {
		x := distuv.Gamma{Alpha: shape, Beta: 1, Src: rng}.Rand()
		return weight{x, math.Log(x)}
	}
	log := logGamma(max(shape, tiniest), rng)
	return weight{math.Exp(log), log}
}

// logGamma draws the logarithm of a draw from Gamma(a, 1), a < 1: of z = −a log x the density is proportional to
// h(z) = exp(−z − exp(−z/a)), which lies close below η(z) = exp(−z) for z ≥ 0 and exp(λz − 1) for z < 0, λ = 1/a − 1.
// It takes the random numbers that gonum's distribution takes, and e to its power is what that one draws.
//
// Source: C. Liu, R. Martin, N. Syring, Simulating from a gamma distribution with small shape parameter,
// Computational Statistics 32, 2017.
func logGamma(a float64, rng *rand.Rand) float64 {
	lambda := 1/a - 1
	logR := -math.Log1p(1 / lambda / math.E)
	for {
		var z, logEta float64
		if e := rng.ExpFloat64(); e >= -logR {
			z = e + logR
		} else {
			z = -rng.ExpFloat64() / lambda
		}
		if z >= 0 {
			logEta = -z
		} else {
			logEta = -1 + lambda*z
		}
		if logH := -z - math.Exp(-z/a); logH-logEta > -rng.ExpFloat64() {
			return -z / a
		}
	}
}

// least bounds the sums of weights from below that say enough of their parts: what is lost beside it is no row's.
const least = 1e-280

// relative are the weights up to a factor: as they are, or over the largest, where their sum says too little of them.
// All are zero if all are struck out.
func relative(weights []weight) []float64 {
	values, top := make([]float64, len(weights)), nothing.log
	for i, w := range weights {
		values[i], top = w.value, max(top, w.log)
	}
	if sum := floats.Sum(values); sum >= least && !math.IsInf(sum, 1) || math.IsInf(top, -1) {
		return values
	}
	for i, w := range weights {
		values[i] = math.Exp(w.log - top)
	}
	return values
}
