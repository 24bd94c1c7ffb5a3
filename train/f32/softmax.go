package f32

import "math"

// Softmax performs dst = softmax(x). dst may be x.
func Softmax(dst, x []float32) {
	top := float64(highest(x))
	var sum float64
	for i, v := range x {
		e := math.Exp(float64(v) - top)
		dst[i] = float32(e)
		sum += e
	}
	Scale(float32(1/sum), dst[:len(x)])
}

// LogSumExp is log Σ exp(x_i), safe for large logits.
func LogSumExp(x []float32) float64 {
	top := float64(highest(x))
	var sum float64
	for _, v := range x {
		sum += math.Exp(float64(v) - top)
	}
	return top + math.Log(sum)
}

// Entropy is H(softmax(x/τ)) in nats: log Σ e^{u} − Σ u e^{u} / Σ e^{u} with u = (x − max x)/τ.
func Entropy(x []float32, tau float64) float64 {
	h, _ := EntropyAt(x, tau)
	return h
}

// EntropyAt returns H(softmax(x/τ)) in nats, and the variance of x under that distribution.
func EntropyAt(x []float32, tau float64) (h, variance float64) {
	top, inv := float64(highest(x)), 1/tau
	var sum, first, second float64
	for _, v := range x {
		u := (float64(v) - top) * inv
		if u < -50 { // e^−50 ≈ 2e−22 of the largest term: nothing in float64
			continue
		}
		e := math.Exp(u)
		sum += e
		first += u * e
		second += u * u * e
	}
	first, second = first/sum, second/sum
	return math.Log(sum) - first, (second - first*first) * tau * tau
}

func highest(x []float32) float32 {
	top := x[0]
	for _, v := range x {
		top = max(top, v)
	}
	return top
}
