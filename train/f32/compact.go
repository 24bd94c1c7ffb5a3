package f32

import "math"

// Keep performs dst_i = scale·x_i where bit i of bits is set, and 0 elsewhere; not a number stays so only where it is
// kept. Bits count from the lowest of every word. dst may be x.
func Keep(dst, x []float32, bits []uint64, scale float32) {
	dst, bits = dst[:len(x)], bits[:(len(x)+63)/64]
	if simd != nil && len(x) > 0 {
		simd.keep(len(x), scale, &bits[0], &x[0], &dst[0])
		return
	}
	for i, v := range x {
		dst[i] = 0
		if bits[i/64]>>(i%64)&1 == 1 {
			dst[i] = scale * v
		}
	}
}

// Widen performs dst = x for half-precision numbers x, exactly.
func Widen(dst []float32, x []uint16) {
	dst = dst[:len(x)]
	whole := 0
	if simd != nil && len(x) >= simd.lanes {
		whole = len(x) / simd.lanes * simd.lanes
		simd.widen(whole, &x[0], &dst[0])
	}
	for i, h := range x[whole:] {
		dst[whole+i] = half(h)
	}
}

// half is the number that a float16 is.
func half(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&1023)
	switch exponent {
	case 0: // fraction · 2⁻²⁴
		v := float32(fraction) / (1 << 24)
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31: // infinite, or not a number
		if fraction != 0 {
			fraction |= 512 // quiet, as processors make it
		}
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
