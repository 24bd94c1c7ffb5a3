package eval

import (
	"math"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
)

// divergence sums, over samples, how far predictions are from the zero-shot ones, in nats.
type divergence struct {
	tkl, reverse, kl, softCE float64
	n                        int
}

// add compares tuned logits with zero-shot logits, row by row.
func (d *divergence) add(tuned, zero f32.Matrix) {
	for i := range tuned.Rows {
		l, z := tuned.Row(i), zero.Row(i)
		forward, backward := TKL(l, z)
		d.tkl, d.reverse = d.tkl+forward, d.reverse+backward
		p, q := logSoftmax(l, 1), logSoftmax(z, 1)
		d.kl += kl(p, q)
		for c := range p {
			d.softCE -= math.Exp(q[c]) * p[c]
		}
	}
	d.n += tuned.Rows
}

func (d *divergence) merge(o divergence) {
	d.tkl, d.reverse, d.kl, d.softCE, d.n = d.tkl+o.tkl, d.reverse+o.reverse, d.kl+o.kl, d.softCE+o.softCE, d.n+o.n
}

// scores writes the means, or NaN where nothing was measured.
func (d *divergence) scores(s *metric.Scores, measured bool) {
	mean := func(sum float64) metric.Num {
		if !measured || d.n == 0 {
			return metric.Num(math.NaN())
		}
		return metric.Num(sum / float64(d.n))
	}
	s.TKL, s.TKLReverse, s.KL, s.SoftCE = mean(d.tkl), mean(d.reverse), mean(d.kl), mean(d.softCE)
}

// TKL is the temperature-aligned divergence of a tuned prediction from the zero-shot one, for logits l and z of one
// sample: both are brought to the mean of their entropies, H* = ½[H(softmax l) + H(softmax z)], by temperatures τ_f
// and τ_z. forward is KL(softmax(l/τ_f) ‖ softmax(z/τ_z)), the direction of the paper's diagnostic, in nats; reverse is the
// direction of the training loss.
func TKL(l, z []float32) (forward, reverse float64) {
	var student, teacher f32.Tempered
	student.Set(l)
	teacher.Set(z)
	tl, tz := train.Temperatures(&student, &teacher)
	p, q := logSoftmax(l, tl), logSoftmax(z, tz)
	return kl(p, q), kl(q, p)
}

// kl is KL(e^p ‖ e^q) of log-probabilities.
func kl(p, q []float64) float64 {
	var sum float64
	for c := range p {
		sum += math.Exp(p[c]) * (p[c] - q[c])
	}
	return sum
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
