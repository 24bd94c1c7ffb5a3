package sample

import (
	"math/rand/v2"
)

// look is how one animal appears: what its name leaves open.
type look struct {
	hue, saturation, value float64 // offsets to the named colour
	marks                  int     // colour of the markings: 0 ivory, 1 dark, 2 darker shade of the hide
	freq, phase            float64 // of the pattern
	width                  float64 // horizontal stretch of the body
}

// studioLook draws a look that stays close to the name.
func studioLook(rng *rand.Rand) look {
	return look{
		hue: 0.014 * rng.NormFloat64(), saturation: 0.06 * rng.NormFloat64(), value: 0.06 * rng.NormFloat64(),
		marks: rng.IntN(3), freq: 1 + 0.15*rng.NormFloat64(), phase: rng.Float64(), width: 1 + 0.07*rng.NormFloat64(),
	}
}

// trait is how a species as a whole departs from its name: every animal of the species shares it.
type trait struct {
	hue, saturation, value, freq, width float64
	marks                               int
	haunts                              [3]int // the stations it visits most
}

// fieldTrait draws the trait of guide species i. It belongs to the species, not to a seed of the data set.
func fieldTrait(i int) trait {
	rng := rand.New(rand.NewPCG(0x7472616974, uint64(i))) // "trait"
	t := trait{
		hue: 0.012 * bounded(rng), saturation: -0.08 * rng.Float64(), value: 0.045 * bounded(rng),
		freq: 1 + 0.09*bounded(rng), width: 1 + 0.06*bounded(rng), marks: rng.IntN(3),
	}
	copy(t.haunts[:], rng.Perm(len(stations)))
	return t
}

// bounded draws from a normal distribution cut at 1.2 deviations: no species departs so far that its name is wrong.
func bounded(rng *rand.Rand) float64 {
	for {
		if v := rng.NormFloat64(); v > -1.2 && v < 1.2 {
			return v
		}
	}
}

// individual draws one animal of a species with trait t.
func (t trait) individual(rng *rand.Rand) look {
	return look{
		hue:        t.hue + 0.012*rng.NormFloat64(),
		saturation: t.saturation + 0.06*rng.NormFloat64(),
		value:      t.value + 0.06*rng.NormFloat64(),
		marks:      t.marks,
		freq:       max(0.5, t.freq+0.08*rng.NormFloat64()),
		phase:      rng.Float64(),
		width:      t.width + 0.04*rng.NormFloat64(),
	}
}

// coat returns the colours of hide, markings and trim for a colour name seen with look l.
func (l look) coat(colour int) (hide, marks, trim rgb) {
	c := hides[colour]
	h, s, v := c[0]+l.hue, clamp01(c[1]+l.saturation), clamp01(c[2]+l.value)
	hide = hsv(h, s, v)
	switch l.marks {
	case 0:
		marks = rgb{0.95, 0.92, 0.82}
	case 1:
		marks = rgb{0.10, 0.09, 0.11}
	default:
		marks = hsv(h, min(1, s+0.1), v*0.38)
	}
	return hide, marks, hide.scale(0.22).mix(rgb{0.07, 0.06, 0.06}, 0.6)
}
