package train

import (
	"math"

	"github.com/fedpurel/fedpurel/train/f32"
)

// clamp is the smallest probability whose logarithm the temperature-aligned loss takes.
const clamp = 1e-12

var logClamp = math.Log(clamp)

// TKL is the temperature-aligned divergence from the teacher (FedPuReL, arXiv 2605.02247, L_align): teacher and
// student of a sample are brought to the mean of their entropies, H* = ½[H(softmax ℓ) + H(softmax z)], by temperatures
// τ_s and τ_t, and
//
//	L = (1/B) Σ_i Σ_c p_t,c [log max(p_t,c, 10⁻¹²) − log max(p_s,c, 10⁻¹²)]
//
// with p_t = softmax(z/τ_t) and p_s = softmax(ℓ/τ_s), so that only the direction of a change counts, not how confident
// it is. The temperatures are constants for the gradient: δ = (p_s Σ_c w_c − w)/(B τ_s) with w_c = p_t,c where p_s,c ≥
// 10⁻¹², 0 elsewhere.
func TKL(dlogits, logits, teacher f32.Matrix) float64 {
	same(dlogits, logits)
	same(dlogits, teacher)
	w := scratches.Get().(*scratch)
	defer scratches.Put(w)
	ps, pt := w.rows(logits.Cols)
	var sum float64
	for i := range logits.Rows {
		w.student.Set(logits.Row(i))
		w.teacher.Set(teacher.Row(i))
		ts, tt := Temperatures(&w.student, &w.teacher)
		logS, logT := w.student.SoftmaxAt(ps, ts), w.teacher.SoftmaxAt(pt, tt)
		l, z, d := w.student.Logits(), w.teacher.Logits(), dlogits.Row(i)
		var mass float64
		for c, p := range pt[:len(d)] {
			sum += p * (max(z[c]/tt-logT, logClamp) - max(l[c]/ts-logS, logClamp))
			if ps[c] >= clamp {
				mass += p
			}
		}
		scale := 1 / (float64(logits.Rows) * ts)
		for c, p := range pt[:len(d)] {
			if ps[c] < clamp {
				p = 0
			}
			d[c] = float32((ps[c]*mass - p) * scale)
		}
	}
	return sum / float64(logits.Rows)
}
