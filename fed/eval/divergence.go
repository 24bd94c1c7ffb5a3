package eval

import (
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
)

// divergence sums, over samples, how far predictions are from the zero-shot ones, in nats.
type divergence struct{ metric.Divergence }

// add compares tuned logits with zero-shot logits, row by row.
func (d *divergence) add(tuned, zero f32.Matrix) {
	var p, q prediction
	for i := range tuned.Rows {
		p.Set(tuned.Row(i))
		q.Set(zero.Row(i))
		tp, tq := train.Temperatures(&p.Tempered, &q.Tempered)
		p.at(tp)
		q.at(tq)
		d.TKL += kl(&p, &q)
		d.Reverse += kl(&q, &p)
		p.at(1)
		q.at(1)
		d.KL += kl(&p, &q)
		for c, v := range q.p[:tuned.Cols] {
			d.SoftCE -= v * p.log(c)
		}
	}
	d.N += tuned.Rows
}

// moved is how far the tuned logits of a block are from the zero-shot ones.
func moved(tuned, zero f32.Matrix) Far {
	var d divergence
	d.add(tuned, zero)
	return farOf(d.Divergence)
}

// TKL is the temperature-aligned divergence of a tuned prediction from the zero-shot one, for logits l and z of one
// sample: both are brought to the mean of their entropies, H* = ½[H(softmax l) + H(softmax z)], by temperatures τ_f
// and τ_z. forward is KL(softmax(l/τ_f) ‖ softmax(z/τ_z)), the direction of the paper's diagnostic, in nats; reverse is
// the direction of the training loss.
func TKL(l, z []float32) (forward, reverse float64) {
	var d divergence
	d.add(f32.Of(1, len(l), l), f32.Of(1, len(z), z))
	return d.TKL, d.Reverse
}

// prediction is softmax(x/τ) of one row of logits x.
type prediction struct {
	f32.Tempered
	p           []float64 // and up to seven more
	tau, logSum float64
}

func (p *prediction) at(tau float64) {
	if size := (len(p.Logits()) + 7) &^ 7; len(p.p) < size {
		p.p = make([]float64, size)
	}
	p.tau, p.logSum = tau, p.SoftmaxAt(p.p, tau)
}

// log is the logarithm of class c's probability.
func (p *prediction) log(c int) float64 { return p.Logits()[c]/p.tau - p.logSum }

// kl is KL(p ‖ q).
func kl(p, q *prediction) float64 {
	var sum float64
	for c, v := range p.p[:len(p.Logits())] {
		sum += v * (p.log(c) - q.log(c))
	}
	return sum
}
