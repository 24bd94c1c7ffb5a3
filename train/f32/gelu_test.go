package f32

import (
	"math"
	"slices"
	"testing"
)

// TestGelu holds both activations and their slopes against the formulas in float64, on both sides of zero and far out.
func TestGelu(t *testing.T) {
	var grid []float32
	for v := float32(1e-6); v < 200; v *= 1.001 {
		grid = append(grid, v, -v)
	}
	grid = append(grid, 0, 1e30, -1e30)
	sigma := func(v float64) float64 { return 1 / (1 + math.Exp(-1.702*v)) }
	normal := func(v float64) float64 { return math.Erfc(-v/math.Sqrt2) / 2 }
	for name, c := range map[string]struct {
		f     func(x, slope []float32)
		gate  func(float64) float64
		slope func(float64) float64
	}{
		"quick": {QuickGelu, sigma, func(v float64) float64 { return 1.702 * v * sigma(v) * (1 - sigma(v)) }},
		"exact": {Gelu, normal, func(v float64) float64 { return v * math.Exp(-v*v/2) / math.Sqrt(2*math.Pi) }},
	} {
		everySIMD(t, func(t *testing.T) {
			x, slope := slices.Clone(grid), make([]float32, len(grid))
			c.f(x, slope)
			for i, v := range grid {
				v := float64(v)
				gate := c.gate(v)
				if d := math.Abs(float64(x[i]) - v*gate); !(d <= 3e-7*math.Abs(v)) {
					t.Fatalf("%s of %v is %v, want %v", name, v, x[i], v*gate)
				}
				if d := math.Abs(float64(slope[i]) - gate - c.slope(v)); !(d <= 5e-7) {
					t.Fatalf("%s: slope at %v is %v, want %v", name, v, slope[i], gate+c.slope(v))
				}
			}
		})
	}
}
