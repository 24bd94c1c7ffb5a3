package sample

import (
	"image"
	"math"
	"math/rand/v2"
)

// Studio renders one clean portrait of edge×edge pixels: a plain or softly shaded backdrop, an even light, the whole
// animal in view. Pre-training sees nothing else.
func Studio(s Species, edge int, rng *rand.Rand) *image.RGBA {
	a := hsv(rng.Float64(), 0.35*rng.Float64(), 0.25+0.75*rng.Float64())
	b := a.mix(hsv(rng.Float64(), 0.35*rng.Float64(), 0.25+0.75*rng.Float64()), 0.6*rng.Float64())
	slope, texture, salt, f := 2*math.Pi*rng.Float64(), 0.5*rng.Float64(), rng.Uint32(), 2+5*rng.Float64()
	sc := scene{
		width: edge, height: edge, species: s, look: studioLook(rng),
		centre: vec{0.08 * rng.NormFloat64(), 0.08 * rng.NormFloat64()}, scale: 0.62 + 0.33*rng.Float64(),
		turn: 0.15 * rng.NormFloat64(), flip: rng.IntN(2) == 0,
		ground: func(u, v float64) rgb {
			t := clamp01(0.5 + 0.5*(math.Cos(slope)*u+math.Sin(slope)*v))
			return a.mix(b, (1-texture)*t+texture*noise(f*u+9, f*v+9, salt))
		},
		light:    rgb{1 + 0.03*rng.NormFloat64(), 1, 1 + 0.03*rng.NormFloat64()},
		exposure: 1 + 0.07*rng.NormFloat64(), contrast: 1 + 0.06*rng.NormFloat64(),
		blur: 0.5 * rng.Float64(), grain: 0.01 * rng.Float64(),
	}
	return sc.paint(rng)
}

// field renders one picture of guide species class as a camera station took it, and says which station.
func field(class int, s Species, rng *rand.Rand) (*image.RGBA, int) {
	t := fieldTrait(class)
	at := rng.IntN(len(stations))
	if rng.Float64() < 0.5 {
		at = t.haunts[rng.IntN(len(t.haunts))]
	}
	st := stations[at]
	salt := rng.Uint32()
	sc := scene{
		width:   72 + 4*rng.IntN(5),
		height:  72 + 4*rng.IntN(4),
		species: s,
		look:    t.individual(rng),
		centre:  vec{0.16 * rng.NormFloat64(), 0.14 * rng.NormFloat64()},
		scale:   0.40 + 0.38*rng.Float64(),
		turn:    0.45 * rng.NormFloat64(),
		flip:    rng.IntN(2) == 0,
		ground: func(u, v float64) rgb {
			n := 0.65*noise(st.grain*(u+2), st.grain*(v+2), salt) +
				0.35*noise(2.7*st.grain*(u+2), 2.7*st.grain*(v+2), salt+1)
			return st.low.mix(st.high, n)
		},
		cover: st.cover,
		light: rgb{
			st.light.r * (1 + 0.04*rng.NormFloat64()),
			st.light.g,
			st.light.b * (1 + 0.04*rng.NormFloat64()),
		},
		exposure: st.exposure * (1 + 0.12*rng.NormFloat64()),
		contrast: 0.88 + 0.09*rng.NormFloat64(),
		blur:     st.blur * (0.5 + 1.1*rng.Float64()),
		grain:    0.03 + 0.035*rng.Float64(),
	}
	for range rng.IntN(st.blades + 1) { // blades grow from the lower edge
		x, lean := -1.2+2.4*rng.Float64(), 0.4*rng.NormFloat64()
		tip, width, shade := 1.1-1.3*rng.Float64(), 0.015+0.03*rng.Float64(), 0.7+0.5*rng.Float64()
		sc.blades = append(sc.blades, blade{x, 1.2, x + lean, tip, width, shade})
	}
	for range rng.IntN(st.dots + 1) { // pebbles lie anywhere
		x, y := -1.1+2.2*rng.Float64(), -1.1+2.2*rng.Float64()
		sc.blades = append(sc.blades, blade{x, y, x + 0.03, y, 0.03 + 0.07*rng.Float64(), 0.7 + 0.5*rng.Float64()})
	}
	return sc.paint(rng), at
}
