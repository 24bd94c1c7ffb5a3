package sample

import "math"

// rgb is a linear-ish colour with channels in [0,1]; values may leave the range until the picture is finished.
type rgb struct{ r, g, b float64 }

func (a rgb) mix(b rgb, t float64) rgb {
	return rgb{a.r + (b.r-a.r)*t, a.g + (b.g-a.g)*t, a.b + (b.b-a.b)*t}
}
func (a rgb) scale(k float64) rgb { return rgb{a.r * k, a.g * k, a.b * k} }
func (a rgb) times(b rgb) rgb     { return rgb{a.r * b.r, a.g * b.g, a.b * b.b} }

// hsv converts hue (in turns), saturation and value.
func hsv(h, s, v float64) rgb {
	h = frac(h) * 6
	f := func(n float64) float64 {
		k := math.Mod(n+h, 6)
		return v - v*s*math.Max(0, math.Min(1, math.Min(k, 4-k)))
	}
	return rgb{f(5), f(3), f(1)}
}

// hides are hue, saturation and value of the named colours.
var hides = [][3]float64{
	{0.975, 0.85, 0.70}, // crimson
	{0.055, 0.88, 0.93}, // orange
	{0.135, 0.80, 0.90}, // golden
	{0.320, 0.70, 0.60}, // green
	{0.490, 0.80, 0.62}, // teal
	{0.600, 0.80, 0.78}, // blue
	{0.760, 0.62, 0.72}, // violet
	{0.920, 0.48, 0.95}, // pink
}
