package train

import (
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
		right := float64(l[y[i]])
		sum += f32.Softmax(d, l) - right
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
	w := scratches.Get().(*scratch)
	defer scratches.Put(w)
	pt := w.row(logits.Cols)
	scale := float32(1 / float64(logits.Rows))
	for i := range logits.Rows {
		l, d := logits.Row(i), dlogits.Row(i)
		f32.Softmax(pt, teacher.Row(i))
		sum += f32.Softmax(d, l) - f32.Dot(pt, l)
		f32.Axpy(-1, pt, d)
		f32.Scale(scale, d)
	}
	return sum / float64(logits.Rows)
}

// AdjustedCrossEntropy is CrossEntropy of ℓ + adjust, with one summand a class: with adjust_c = τ log π_c it is the
// logit-adjusted loss of Menon et al. (ICLR 2021) for class shares π.
func AdjustedCrossEntropy(dlogits, logits f32.Matrix, y []int32, adjust []float32) float64 {
	copy(dlogits.Data, logits.Data)
	f32.AddRow(dlogits, adjust)
	return crossEntropy(dlogits, dlogits, y, 1)
}

// BalancedSoftmax is CE(ℓ + log π) with class shares π by counts (Ren et al., NeurIPS 2020).
func BalancedSoftmax(counts []int) Loss { return Adjust{Tau: 1, Prior: "local"}.open(Owner{Counts: counts}) }

// Fused is the loss of the personal stage, α CE(ℓ_P, y) + (1−α) CE(ℓ_G + ℓ_P, y), with the frozen global logits ℓ_G
// and α = mix. It writes the gradient with respect to ℓ_P,
//
//	δ = [α (softmax ℓ_P − e_y) + (1−α)(softmax(ℓ_G+ℓ_P) − e_y)]/B
func Fused(dlogits, global, personal f32.Matrix, y []int32, mix float64) float64 {
	w := scratches.Get().(*scratch)
	defer scratches.Put(w)
	sum := f32.Of(global.Rows, global.Cols, w.row(len(global.Data)))
	copy(sum.Data, global.Data)
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
