package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/reg"
)

// gelus writes the activations of transformers, each with its slope, which a backward pass multiplies by. Both need one
// exponential of a number that is not positive.
func (s isa) gelus() {
	s.routine("quickGelu", "(n int, x, slope *float32)",
		"performs x ← x σ(1.702 x), slope ← σ + 1.702 x σ (1 − σ).")
	p, e := arrays("x", "slope"), s.exp32()
	signs, one, rate := s.u32("sign", 1<<31), s.f32("one", 1), s.f32("quickRate", 1.702)
	s.each(p, func(b vec) {
		x := b.load(p[0])
		power, den, inverse, upper, lower := s.vector(), s.vector(), s.vector(), s.vector(), s.vector()
		VORPS(signs, x, power)
		VMULPS(rate, power, power)
		e.of(power)                   // e = exp(−1.702 |x|)
		VADDPS(power, one, den)       // σ is 1/(1+e) from zero on, and e/(1+e) below
		VDIVPS(den, one, upper)       //
		VMULPS(power, upper, lower)   //
		VMULPS(lower, upper, inverse) // σ (1 − σ)
		s.below(x, lower, upper)
		VMULPS(x, inverse, inverse)
		VMULPS(rate, inverse, inverse)
		VADDPS(upper, inverse, inverse)
		VMULPS(upper, x, x)
		b.store(x, p[0])
		b.store(inverse, p[1])
	})
	done()

	// Φ(−|x|) = P(t) exp(−x²/2)/2 with t = 1/(1 + 0.3275911 |x|/√2), Abramowitz and Stegun 7.1.26: within 7.5·10⁻⁸.
	s.routine("gelu", "(n int, x, slope *float32)", "performs x ← x Φ(x), slope ← Φ(x) + x φ(x).")
	p, e = arrays("x", "slope"), s.exp32()
	signs, one = s.u32("sign", 1<<31), s.f32("one", 1)
	rate = s.f32("erfRate", 0.3275911/math.Sqrt2)
	coefficients := []float64{1.061405429 / 2, -1.453152027 / 2, 1.421413741 / 2, -0.284496736 / 2, 0.254829592 / 2}
	s.each(p, func(b vec) {
		x := b.load(p[0])
		size, power, t, lower, upper := s.vector(), s.vector(), s.vector(), s.vector(), s.vector()
		VANDNPS(x, signs, size)
		VMULPS(rate, size, t)
		VADDPS(one, t, t)
		VDIVPS(t, one, t)
		VBROADCASTSS(constant32("minusHalf", -0.5), power)
		VMULPS(x, power, power)
		VMULPS(x, power, power)
		e.of(power)
		VBROADCASTSS(constant32("erf5", coefficients[0]), lower)
		for i, c := range coefficients[1:] {
			term := s.vector()
			VBROADCASTSS(constant32(fmt.Sprintf("erf%d", 4-i), c), term)
			VFMADD213PS(term, t, lower)
		}
		VMULPS(t, lower, lower)
		VMULPS(power, lower, lower)
		VSUBPS(lower, one, upper)
		s.below(x, lower, upper)
		density := s.vector()
		VBROADCASTSS(constant32("normal", 1/math.Sqrt(2*math.Pi)), density)
		VMULPS(power, density, density)
		VMULPS(x, density, density)
		VADDPS(upper, density, density)
		VMULPS(upper, x, x)
		b.store(x, p[0])
		b.store(density, p[1])
	})
	done()
}

// below replaces the values of v by other's where x has the sign bit set.
func (s isa) below(x, other, v reg.VecVirtual) {
	if s.lanes == 16 {
		k := K()
		VPMOVD2M(x, k)
		VMOVAPS(other, k, v)
	} else {
		VBLENDVPS(x, other, v, v)
	}
}
