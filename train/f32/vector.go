package f32

import "math"

// Dot is Σ x_i y_i in float64.
func Dot(x, y []float32) float64 {
	y = y[:len(x)]
	if simd != nil && len(x) > 0 {
		return simd.dot(len(x), &x[0], &y[0])
	}
	var sum float64
	for i, v := range x {
		sum += float64(v) * float64(y[i])
	}
	return sum
}

// Norm is ‖x‖₂ in float64.
func Norm(x []float32) float64 { return math.Sqrt(Dot(x, x)) }

// Distance is ‖x − y‖₂ in float64.
func Distance(x, y []float32) float64 {
	y = y[:len(x)]
	if simd != nil && len(x) > 0 {
		return math.Sqrt(simd.square(len(x), &x[0], &y[0]))
	}
	var sum float64
	for i, v := range x {
		d := float64(v) - float64(y[i])
		sum += d * d
	}
	return math.Sqrt(sum)
}

// Axpy performs y += α·x.
func Axpy(alpha float32, x, y []float32) {
	if len(x) != len(y) {
		panic("f32: Axpy: lengths differ")
	}
	if simd != nil && len(x) > 0 {
		simd.axpy(len(x), alpha, &x[0], &y[0])
		return
	}
	for i, v := range x {
		y[i] += float32(alpha * v)
	}
}

// Weigh performs sum += w·x in float64.
func Weigh(w float64, x []float32, sum []float64) {
	sum = sum[:len(x)]
	whole := 0
	if simd != nil && len(x) >= 8 {
		whole = len(x) &^ 7
		simd.weigh(whole, w, &x[0], &sum[0])
	}
	for i := whole; i < len(x); i++ {
		sum[i] += float64(w * float64(x[i]))
	}
}

// Scale performs x *= α.
func Scale(alpha float32, x []float32) {
	if simd != nil && len(x) > 0 {
		simd.scale(len(x), alpha, &x[0])
		return
	}
	for i := range x {
		x[i] *= alpha
	}
}

// Times performs y *= x, element by element.
func Times(x, y []float32) {
	y = y[:len(x)]
	if simd != nil && len(x) > 0 {
		simd.times(len(x), &x[0], &y[0])
		return
	}
	for i, v := range x {
		y[i] *= v
	}
}

// Finite reports whether no element is NaN or infinite.
func Finite(x []float32) bool {
	var sum float32
	for ; len(x) >= 4; x = x[4:] { // v − v is 0, but NaN for NaN and infinities
		sum += (x[0] - x[0]) + (x[1] - x[1]) + (x[2] - x[2]) + (x[3] - x[3])
	}
	for _, v := range x {
		sum += v - v
	}
	return sum == 0
}

// Argmax returns the index of the largest element, the lowest one on ties. NaN never wins.
func Argmax(x []float32) int {
	if simd != nil && len(x) > 0 {
		top := simd.highest(len(x), &x[0])
		for i, v := range x {
			if v == top {
				return i
			}
		}
	}
	best := 0
	for i, v := range x {
		if v > x[best] || x[best] != x[best] {
			best = i
		}
	}
	return best
}

// Normalize performs dst = x/‖x‖, rounding once, and returns ‖x‖. A zero vector stays zero. dst may be x. A factor
// rounded to float32 would be the same error for a whole row, which a student near its teacher feels.
func Normalize(dst, x []float32) float64 {
	n := Norm(x)
	inv := 0.0
	if n > 0 {
		inv = 1 / n
	}
	dst = dst[:len(x)]
	whole := 0
	if simd != nil && len(x) >= 8 {
		whole = len(x) &^ 7
		simd.rescale(whole, inv, &x[0], &dst[0])
	}
	for i := whole; i < len(x); i++ {
		dst[i] = float32(float64(x[i]) * inv)
	}
	return n
}
