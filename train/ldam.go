package train

import (
	"math"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// LDAM is the label-distribution-aware margin loss (Cao et al., NeurIPS 2019) with the client's counts n_c: a sample's
// own class has to win by a margin, the larger the rarer it is,
//
//	L = CE(ℓ − Δ_y e_y)     Δ_c = Δ (n_min/n_c)^¼,  n_min the client's rarest class
//
// and from a share of the rounds on, samples are weighted by their class (DRW, Cui et al., CVPR 2019):
//
//	L = Σ_i w_{y_i} CE_i / Σ_i w_{y_i}     w_c = (1−β)/(1−β^{n_c})
//
// Logits are s·cos, so that Δ is s·m of the paper; the authors' code has s = 30, m = ½, that is Δ = 15, and weights the
// last fifth of the epochs. It counts in one place; here a client counts its own. What it does to make the weights add
// up to C has no effect on their mean.
//
// Source: kaidic/LDAM-DRW.
type LDAM struct {
	Margin float64 `json:"ldam_margin" usage:"LDAM's largest margin Δ, in logits: that of a client's rarest class"`
	From   float64 `json:"drw_from" usage:"share of the rounds after which LDAM weights classes (DRW); 1: never"`
	Beta   float64 `json:"drw_beta" usage:"β of these weights, (1−β)/(1−β^n); 0: all are 1"`
}

// Validate reports the first option out of range.
func (o LDAM) Validate() error {
	switch {
	case !(o.Margin >= 0) || math.IsInf(o.Margin, 0):
		return fault.Usagef("train: LDAM's margin %v must not be negative", o.Margin)
	case !(o.From >= 0 && o.From <= 1):
		return fault.Usagef("train: DRW begins after a share of the rounds, and %v is not in [0,1]", o.From)
	case !(o.Beta >= 0 && o.Beta < 1):
		return fault.Usagef("train: DRW's β %v is not in [0,1)", o.Beta)
	}
	return nil
}

// ldam has Δ_c, and w_c once classes are weighted.
type ldam struct{ margin, weight []float64 }

func (o LDAM) open(w Owner) Loss {
	l := ldam{margin: make([]float64, len(w.Counts))}
	rarest := math.Inf(1)
	for _, n := range w.Counts {
		if n > 0 {
			rarest = min(rarest, float64(n))
		}
	}
	for c, n := range w.Counts {
		if n > 0 {
			l.margin[c] = o.Margin * math.Pow(rarest/float64(n), 0.25)
		}
	}
	if o.From < 1 && w.Progress >= o.From && o.Beta > 0 {
		l.weight = make([]float64, len(w.Counts))
		for c, n := range w.Counts {
			if n > 0 {
				l.weight[c] = (1 - o.Beta) / (1 - math.Pow(o.Beta, float64(n)))
			}
		}
	} else if o.Margin == 0 {
		return CrossEntropy
	}
	return l.loss
}

func (l ldam) loss(dlogits, logits f32.Matrix, y []int32) float64 {
	same(dlogits, logits)
	var sum, all float64
	for i := range logits.Rows {
		d, own := dlogits.Row(i), y[i]
		copy(d, logits.Row(i))
		d[own] -= float32(l.margin[own])
		weight := 1.0
		if l.weight != nil {
			weight = l.weight[own]
		}
		right := float64(d[own])
		sum += weight * (f32.Softmax(d, d) - right)
		all += weight
		d[own]--
		f32.Scale(float32(weight), d)
	}
	if !(all > 0) {
		panic("train: LDAM: a batch of classes that the client has no sample of")
	}
	f32.Scale(float32(1/all), dlogits.Data)
	return sum / all
}
