package f32

import "math"

// Softmax performs dst = softmax(x) and returns log Σ exp(x_i). dst may be x.
//
// With kernels, an exponential is within 2·10⁻⁷ of its value, relatively, and those below e⁻⁸⁷ of the largest count
// as e⁻⁸⁷.
func Softmax(dst, x []float32) (logSum float64) {
	top := highest(x)
	var sum float64
	if simd != nil {
		_ = dst[len(x)-1]
		sum = simd.expSum(len(x), top, &x[0], &dst[0])
	} else {
		for i, v := range x {
			e := math.Exp(float64(v - top))
			dst[i] = float32(e)
			sum += e
		}
	}
	Scale(float32(1/sum), dst[:len(x)])
	return float64(top) + math.Log(sum)
}

// Tanh performs x = tanh x, element by element; with kernels within 3·10⁻⁷ of the value, relatively.
func Tanh(x []float32) {
	if simd != nil && len(x) > 0 {
		simd.tanh(len(x), &x[0])
		return
	}
	for i, v := range x {
		x[i] = float32(math.Tanh(float64(v)))
	}
}

// TanhSlope performs d *= 1 − h²: the gradient before tanh, where h is what it gave and d the gradient after it.
func TanhSlope(h, d []float32) {
	d = d[:len(h)]
	if simd != nil && len(h) > 0 {
		simd.tanhSlope(len(h), &h[0], &d[0])
		return
	}
	for i, v := range h {
		d[i] *= 1 - float32(v*v)
	}
}

func highest(x []float32) float32 {
	if simd != nil {
		return simd.highest(len(x), &x[0])
	}
	top := x[0]
	for _, v := range x {
		top = max(top, v)
	}
	return top
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
