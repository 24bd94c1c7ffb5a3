package train

import (
	"math"

	"github.com/fedpurel/fedpurel/train/f32"
)

// Align is an alignment loss: it returns its value and writes δ = ∂L_align/∂ℓ into dlogits.
type Align func(dlogits, logits, teacher f32.Matrix) float64

// AlignEntry is one row of the table of alignment losses.
type AlignEntry struct {
	Name, Doc string
	Loss      Align
}

// Aligns is the table of alignment losses, in name order.
var Aligns = []AlignEntry{
	{"kl", "soft cross-entropy at temperature 1, as the release has it for the gate", KL},
	{"lskd", "KL of standardized logits at temperature 2 (logit standardization)", LSKD},
	{"tkl", "temperature-aligned KL: both predictions at the mean of their entropies", TKL},
}

// AlignNames lists the alignment losses.
func AlignNames() []string {
	var names []string
	for _, e := range Aligns {
		names = append(names, e.Name)
	}
	return names
}

// lskdTau is the temperature of logit standardization, lskdEps what it adds to a standard deviation.
const (
	lskdTau = 2
	lskdEps = 1e-7
)

// LSKD is the alignment loss on standardized logits (Sun et al., CVPR 2024): with ℓ' = (ℓ − mean ℓ)/(10⁻⁷ + sd ℓ) for
// student and teacher, the standard deviation unbiased,
//
//	L = (τ²/B) Σ_i KL(softmax(z'/τ) ‖ softmax(ℓ'/τ)),  τ = 2
//
// Its gradient is δ = [δ' − mean δ' − ℓ' ⟨δ',ℓ'⟩/(C−1)]/S with δ' = τ (p_s − p_t)/B and S = 10⁻⁷ + sd ℓ.
func LSKD(dlogits, logits, teacher f32.Matrix) float64 {
	same(dlogits, logits)
	same(dlogits, teacher)
	n := logits.Cols
	w := scratches.Get().(*scratch)
	defer scratches.Put(w)
	ps, pt := w.rows(n)
	student, taught := w.row(2 * n)[:n], w.row(2 * n)[n:]
	var sum float64
	for i := range logits.Rows {
		s := standardize(student, logits.Row(i))
		standardize(taught, teacher.Row(i))
		w.student.Set(student)
		w.teacher.Set(taught)
		w.student.SoftmaxAt(ps, lskdTau)
		w.teacher.SoftmaxAt(pt, lskdTau)
		var mean, along float64
		for c := range n {
			if pt[c] > 0 {
				sum += lskdTau * lskdTau * pt[c] * math.Log(pt[c]/ps[c])
			}
			d := ps[c] - pt[c]
			mean += d / float64(n)
			along += d * float64(student[c])
		}
		scale := lskdTau / (float64(logits.Rows) * s)
		for c := range n {
			dlogits.Row(i)[c] = float32(scale * (ps[c] - pt[c] - mean - float64(student[c])*along/float64(n-1)))
		}
	}
	return sum / float64(logits.Rows)
}

// standardize performs dst = (x − mean x)/(10⁻⁷ + sd x) and returns the divisor.
func standardize(dst, x []float32) float64 {
	var mean, square float64
	for _, v := range x {
		mean += float64(v) / float64(len(x))
	}
	for _, v := range x {
		square += (float64(v) - mean) * (float64(v) - mean)
	}
	s := lskdEps + math.Sqrt(square/float64(max(len(x)-1, 1)))
	for i, v := range x {
		dst[i] = float32((float64(v) - mean) / s)
	}
	return s
}
