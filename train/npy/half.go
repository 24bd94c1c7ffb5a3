package npy

import "math"

// F16ToF32 converts an IEEE 754 half-precision number; the conversion is exact.
func F16ToF32(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&0x3ff
	switch {
	case exp == 31: // infinity, NaN
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	case exp == 0: // zero, subnormal: frac · 2^−24
		v := float32(frac) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(v) | sign)
	default:
		return math.Float32frombits(sign | (exp+127-15)<<23 | frac<<13)
	}
}

// F32ToF16 rounds to the nearest half-precision number, ties to even. Beyond 65504 the result is infinite.
func F32ToF16(f float32) uint16 {
	b := math.Float32bits(f)
	sign, exp, frac := uint16(b>>16)&0x8000, int(b>>23)&0xff-127, b&0x7fffff
	switch {
	case exp == 128: // infinity, NaN stays NaN
		if frac != 0 {
			return sign | 0x7e00
		}
		return sign | 0x7c00
	case exp > 15:
		return sign | 0x7c00
	case exp >= -14:
		return sign | roundShift(uint32(exp+15)<<23|frac, 13) // a carry moves into the exponent, as it should
	case exp >= -25: // subnormal in half precision
		return sign | roundShift(frac|1<<23, uint(-exp-14+13))
	default:
		return sign
	}
}

// roundShift is x / 2^n, rounded to nearest, ties to even.
func roundShift(x uint32, n uint) uint16 {
	half := uint32(1) << (n - 1)
	q, rest := x>>n, x&(half<<1-1)
	if rest > half || rest == half && q&1 == 1 {
		q++
	}
	return uint16(q)
}
