package f32

import "math"

// Tempered is one row of logits, made ready for predictions at many temperatures. The zero value is ready for Set.
type Tempered struct {
	n       int
	shifted []float64  // x − max x, filled with −∞ to whole vectors
	sums    [3]float64 // of EntropyAt: here, because a kernel writes them
}

// Set takes the logits x, at least one.
func (t *Tempered) Set(x []float32) {
	t.n = len(x)
	size := (t.n + 7) &^ 7
	if cap(t.shifted) < size {
		t.shifted = make([]float64, size)
	}
	t.shifted = t.shifted[:size]
	top := float64(highest(x))
	for i, v := range x {
		t.shifted[i] = float64(v) - top
	}
	for i := t.n; i < size; i++ {
		t.shifted[i] = math.Inf(-1)
	}
}

// EntropyAt returns H(softmax(x/τ)) in nats, and the variance of x under that distribution:
//
//	u = (x − max x)/τ,  S_j = Σ uʲ e^u,  H = log S_0 − S_1/S_0,  Var = τ² [S_2/S_0 − (S_1/S_0)²]
//
// u counts as −700 below that, where e^u is nothing in float64.
func (t *Tempered) EntropyAt(tau float64) (h, variance float64) {
	s := &t.sums
	*s = [3]float64{}
	if simd != nil {
		simd.moments(len(t.shifted), 1/tau, &t.shifted[0], s)
	} else {
		for _, v := range t.shifted[:t.n] {
			u := max(v/tau, -700)
			e := math.Exp(u)
			s[0] += e
			s[1] += u * e
			s[2] += u * u * e
		}
	}
	first, second := s[1]/s[0], s[2]/s[0]
	return math.Log(s[0]) - first, (second - first*first) * tau * tau
}

// SoftmaxAt performs dst = softmax(x/τ) and returns what makes (x − max x)/τ − logSum the logarithm of it. dst has
// room for len(x) rounded up to a multiple of 8.
func (t *Tempered) SoftmaxAt(dst []float64, tau float64) (logSum float64) {
	dst = dst[:len(t.shifted)]
	var sum float64
	if simd != nil {
		sum = simd.temper(len(t.shifted), 1/tau, &t.shifted[0], &dst[0])
	} else {
		for i, v := range t.shifted[:t.n] {
			dst[i] = math.Exp(max(v/tau, -700))
			sum += dst[i]
		}
	}
	for i := range dst[:t.n] {
		dst[i] /= sum
	}
	return math.Log(sum)
}

// Logits are x − max x.
func (t *Tempered) Logits() []float64 { return t.shifted[:t.n] }

// Entropy is H(softmax(x/τ)) in nats.
func Entropy(x []float32, tau float64) float64 {
	var t Tempered
	t.Set(x)
	h, _ := t.EntropyAt(tau)
	return h
}
