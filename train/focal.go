package train

import (
	"math"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Focal is the focal loss (Lin et al., ICCV 2017), by which samples that are right already count less:
//
//	L = −(1/B) Σ_i (1−p_i)^γ log p_i     p_i = softmax(ℓ_i)_{y_i}
//	δ = (1/B) (softmax ℓ − e_y) (1−p)^γ [1 − γ p log p / (1−p)]
//
// Fed-Focal (Sarkar et al., 2020) is FedAvg with it. That paper's choice of clients by their loss is left out, and so
// is its factor α = ¼, the same for all classes, which is one of the learning rate.
type Focal struct {
	Gamma float64 `json:"focal_gamma" usage:"γ of the focal loss, (1−p)^γ; 0 is the cross-entropy"`
}

// Validate reports the first option out of range.
func (o Focal) Validate() error {
	if !(o.Gamma >= 0) || math.IsInf(o.Gamma, 0) {
		return fault.Usagef("train: the focal loss's γ %v must not be negative", o.Gamma)
	}
	return nil
}

func (o Focal) open(Owner) Loss {
	if o.Gamma == 0 {
		return CrossEntropy
	}
	return o.loss
}

func (o Focal) loss(dlogits, logits f32.Matrix, y []int32) float64 {
	same(dlogits, logits)
	var sum float64
	for i := range logits.Rows {
		l, d := logits.Row(i), dlogits.Row(i)
		right := float64(l[y[i]])
		logP := min(right-f32.Softmax(d, l), 0)
		wrong := -math.Expm1(logP) // 1 − p
		weight := math.Pow(wrong, o.Gamma)
		sum -= weight * logP
		if wrong > 0 { // where nothing is wrong, the gradient is zero
			weight *= 1 - o.Gamma*math.Exp(logP)*logP/wrong
		}
		d[y[i]]--
		f32.Scale(float32(weight/float64(logits.Rows)), d)
	}
	return sum / float64(logits.Rows)
}
