package eval

import (
	"math"

	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
)

// TKL is the temperature-aligned divergence of a tuned prediction from the zero-shot one, for logits l and z of one
// sample: both are brought to the mean of their entropies, H* = ½[H(softmax l) + H(softmax z)], by temperatures τ_f
// and τ_z, and compared as KL(softmax(l/τ_f) ‖ softmax(z/τ_z)), in nats. This is the direction of the paper's
// diagnostic; the training loss runs the other way.
func TKL(l, z []float32) float64 {
	target := (f32.Entropy(l, 1) + f32.Entropy(z, 1)) / 2
	p, q := logSoftmax(l, train.Temperature(l, target)), logSoftmax(z, train.Temperature(z, target))
	var kl float64
	for c := range p {
		kl += math.Exp(p[c]) * (p[c] - q[c])
	}
	return kl
}

// logSoftmax returns log softmax(x/τ) in float64.
func logSoftmax(x []float32, tau float64) []float64 {
	top := math.Inf(-1)
	for _, v := range x {
		top = math.Max(top, float64(v))
	}
	out := make([]float64, len(x))
	var sum float64
	for i, v := range x {
		out[i] = (float64(v) - top) / tau
		sum += math.Exp(out[i])
	}
	log := math.Log(sum)
	for i := range out {
		out[i] -= log
	}
	return out
}
