package train

import (
	"math"

	"github.com/fedpurel/fedpurel/train/f32"
)

// clamp is the smallest probability whose logarithm the temperature-aligned loss takes.
const clamp = 1e-12

// TKL is the temperature-aligned divergence from the teacher (FedPuReL, arXiv 2605.02247, L_align): teacher and
// student of a sample are brought to the mean of their entropies, H* = ½[H(softmax ℓ) + H(softmax z)], by temperatures
// τ_s and τ_t, and
//
//	L = (1/B) Σ_i Σ_c p_t,c [log max(p_t,c, 10⁻¹²) − log max(p_s,c, 10⁻¹²)],  p_t = softmax(z/τ_t), p_s = softmax(ℓ/τ_s)
//
// so that only the direction of a change counts, not how confident it is. The temperatures are constants for the
// gradient: δ = (p_s Σ_c w_c − w)/(B τ_s) with w_c = p_t,c where p_s,c ≥ 10⁻¹², 0 elsewhere.
func TKL(dlogits, logits, teacher f32.Matrix) float64 {
	same(dlogits, logits)
	same(dlogits, teacher)
	var sum float64
	pt := make([]float64, logits.Cols)
	for i := range logits.Rows {
		l, z, d := logits.Row(i), teacher.Row(i), dlogits.Row(i)
		target := (f32.Entropy(l, 1) + f32.Entropy(z, 1)) / 2
		ts, tt := Temperature(l, target), Temperature(z, target)
		softmaxAt(pt, z, tt)
		ps := make([]float64, len(l))
		softmaxAt(ps, l, ts)
		var mass float64
		for c, p := range pt {
			sum += p * (math.Log(max(p, clamp)) - math.Log(max(ps[c], clamp)))
			if ps[c] >= clamp {
				mass += p
			}
		}
		for c, p := range pt {
			if ps[c] < clamp {
				p = 0
			}
			d[c] = float32((ps[c]*mass - p) / (float64(logits.Rows) * ts))
		}
	}
	return sum / float64(logits.Rows)
}

// softmaxAt performs dst = softmax(x/τ) in float64.
func softmaxAt(dst []float64, x []float32, tau float64) {
	top := math.Inf(-1)
	for _, v := range x {
		top = max(top, float64(v))
	}
	var sum float64
	for i, v := range x {
		dst[i] = math.Exp((float64(v) - top) / tau)
		sum += dst[i]
	}
	for i := range dst {
		dst[i] /= sum
	}
}
