package f32

import (
	"math"

	"gonum.org/v1/gonum/blas/blas32"
)

// Dot is Σ x_i y_i in float64.
func Dot(x, y []float32) float64 {
	y = y[:len(x)]
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
	blas32.Axpy(alpha, blas32.Vector{N: len(x), Inc: 1, Data: x}, blas32.Vector{N: len(y), Inc: 1, Data: y})
}

// Scale performs x *= α.
func Scale(alpha float32, x []float32) {
	for i := range x {
		x[i] *= alpha
	}
}

// Finite reports whether no element is NaN or infinite.
func Finite(x []float32) bool {
	for _, v := range x {
		if v-v != 0 { // NaN and infinities only
			return false
		}
	}
	return true
}

// Argmax returns the index of the largest element, the lowest one on ties. NaN never wins.
func Argmax(x []float32) int {
	best := 0
	for i, v := range x {
		if v > x[best] || x[best] != x[best] {
			best = i
		}
	}
	return best
}

// Normalize performs dst = x/‖x‖ and returns ‖x‖. A zero vector stays zero. dst may be x.
func Normalize(dst, x []float32) float64 {
	n := Norm(x)
	inv := 0.0
	if n > 0 {
		inv = 1 / n
	}
	for i, v := range x {
		dst[i] = float32(float64(v) * inv)
	}
	return n
}
