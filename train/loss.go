package train

import (
	"math"

	"github.com/fedpurel/fedpurel/train/f32"
)

// CrossEntropy is L_task = −(1/B) Σ_i log softmax(ℓ_i)_{y_i}. It writes δ = (softmax ℓ − e_y)/B into dlogits, which
// may be logits itself.
func CrossEntropy(dlogits, logits f32.Matrix, y []int32) float64 {
	return crossEntropy(dlogits, logits, y, 1)
}

// crossEntropy is CrossEntropy times weight.
func crossEntropy(dlogits, logits f32.Matrix, y []int32, weight float64) float64 {
	same(dlogits, logits)
	var sum float64
	scale := float32(weight / float64(logits.Rows))
	for i := range logits.Rows {
		l, d := logits.Row(i), dlogits.Row(i)
		sum += f32.LogSumExp(l) - float64(l[y[i]])
		f32.Softmax(d, l)
		d[y[i]]--
		f32.Scale(scale, d)
	}
	return weight * sum / float64(logits.Rows)
}

// KL is the alignment loss at temperature 1, −(1/B) Σ_i Σ_c softmax(z_i)_c log softmax(ℓ_i)_c: a soft cross-entropy,
// whose gradient is that of KL(teacher ‖ student). It writes δ = (p_s − p_t)/B.
//
// Source: the gate variant of the FedPuReL release.
func KL(dlogits, logits, teacher f32.Matrix) float64 {
	same(dlogits, logits)
	same(dlogits, teacher)
	var sum float64
	pt := make([]float32, logits.Cols)
	scale := float32(1 / float64(logits.Rows))
	for i := range logits.Rows {
		l, d := logits.Row(i), dlogits.Row(i)
		f32.Softmax(pt, teacher.Row(i))
		sum += f32.LogSumExp(l) - f32.Dot(pt, l)
		f32.Softmax(d, l)
		f32.Axpy(-1, pt, d)
		f32.Scale(scale, d)
	}
	return sum / float64(logits.Rows)
}

// Fused is the loss of the personal stage, α CE(ℓ_P, y) + (1−α) CE(ℓ_G + ℓ_P, y), with the frozen global logits ℓ_G
// and α = mix. It writes the gradient with respect to ℓ_P, δ = [α (softmax ℓ_P − e_y) + (1−α)(softmax(ℓ_G+ℓ_P) − e_y)]/B.
func Fused(dlogits, global, personal f32.Matrix, y []int32, mix float64) float64 {
	sum := global.Clone()
	f32.Axpy(1, personal.Data, sum.Data)
	loss := crossEntropy(sum, sum, y, 1-mix)
	loss += crossEntropy(dlogits, personal, y, mix)
	f32.Axpy(1, sum.Data, dlogits.Data)
	return loss
}

func same(a, b f32.Matrix) {
	if a.Rows != b.Rows || a.Cols != b.Cols {
		panic("train: logits of different shapes")
	}
}

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
