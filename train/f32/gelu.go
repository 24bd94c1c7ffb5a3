package f32

import "math"

// QuickGelu performs x ← x σ(1.702 x), slope ← ∂(x σ(1.702 x))/∂x = σ + 1.702 x σ (1 − σ), element by element.
func QuickGelu(x, slope []float32) {
	slope = slope[:len(x)]
	if simd != nil && len(x) > 0 {
		simd.quickGelu(len(x), &x[0], &slope[0])
		return
	}
	for i, v := range x {
		const rate = 1.702
		v := float64(v)
		sigma := 1 / (1 + math.Exp(-rate*v))
		x[i], slope[i] = float32(v*sigma), float32(sigma+rate*v*sigma*(1-sigma))
	}
}

// Gelu performs x ← x Φ(x), slope ← ∂(x Φ(x))/∂x = Φ(x) + x φ(x), element by element, where φ and Φ are density and
// distribution of the standard normal. With kernels, Φ is within 2·10⁻⁷.
func Gelu(x, slope []float32) {
	slope = slope[:len(x)]
	if simd != nil && len(x) > 0 {
		simd.gelu(len(x), &x[0], &slope[0])
		return
	}
	for i, v := range x {
		v := float64(v)
		phi := math.Erfc(-v/math.Sqrt2) / 2
		x[i], slope[i] = float32(v*phi), float32(phi+v*math.Exp(-v*v/2)/math.Sqrt(2*math.Pi))
	}
}
