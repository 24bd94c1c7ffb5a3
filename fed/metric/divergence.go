package metric

import "math"

// Divergence sums, over test images, how far the global model's predictions are from the zero-shot ones, in nats. The
// zero value means that nothing was measured.
type Divergence struct {
	TKL     float64 // temperature-aligned KL(global ‖ zero-shot)
	Reverse float64 // temperature-aligned KL(zero-shot ‖ global)
	KL      float64 // KL(global ‖ zero-shot)
	SoftCE  float64 // −Σ zero-shot · log global
	N       int     // test images
}

// Merge adds the sums of o.
func (d *Divergence) Merge(o Divergence) {
	d.TKL, d.Reverse, d.KL, d.SoftCE = d.TKL+o.TKL, d.Reverse+o.Reverse, d.KL+o.KL, d.SoftCE+o.SoftCE
	d.N += o.N
}

// mean is a sum over the images divided by their number.
func (d *Divergence) mean(sum float64) float64 {
	if d.N == 0 {
		return math.NaN()
	}
	return sum / float64(d.N)
}
