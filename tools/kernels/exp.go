package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The exponential: with n the whole number nearest to x/ln 2 and r = x − n ln 2, |r| ≤ 0.347,
//
//	eˣ = 2ⁿ eʳ,  eʳ ≈ Σ rʲ/j!, j ≤ 7 in float32 (the rest is below 6·10⁻⁹), j ≤ 12 in float64 (below 2·10⁻¹⁶)
//
// ln 2 is subtracted in two parts, the first with so few bits that n times it is exact. 2ⁿ is made from n by
// shifting it into the exponent. Arguments below the lowest give e to the lowest, about the smallest normal number.
const (
	lowest32, lowest64 = -87, -700
	terms32, terms64   = 7, 12
	ln2High32          = 0.693359375          // 355/512
	ln2High64          = 6.93145751953125e-01 // 16 bits
)

// exp32 holds the constants of the float32 exponential in registers.
type exp32 struct {
	s                             isa
	low, log2e, high, rest, round reg.VecVirtual
}

func (s isa) exp32() exp32 {
	return exp32{
		s:     s,
		low:   s.f32("lowest32", lowest32),
		log2e: s.f32("log2e32", math.Log2E),
		high:  s.f32("ln2High32", ln2High32),
		rest:  s.f32("ln2Low32", math.Ln2-ln2High32),
		round: s.f32("round32", 3<<22),
	}
}

// of replaces x by eˣ. NaN stays.
func (e exp32) of(x reg.VecVirtual) {
	s := e.s
	n, whole, sum := s.vector(), s.vector(), s.vector()
	VMAXPS(x, e.low, x)
	VMOVAPS(e.round, n)
	VFMADD231PS(e.log2e, x, n) // 1.5·2²³ + x/ln 2: the sum has no room for a fraction, its low bits are n
	VSUBPS(e.round, n, whole)
	VFNMADD231PS(e.high, whole, x)
	VFNMADD231PS(e.rest, whole, x)
	VBROADCASTSS(factorial32(terms32), sum)
	for j := terms32 - 1; j >= 0; j-- {
		term := s.vector()
		VBROADCASTSS(factorial32(j), term)
		VFMADD213PS(term, x, sum)
	}
	VPSLLD(Imm(23), n, n)
	VPADDD(n, sum, x)
}

// factorial32 is 1/j!.
func factorial32(j int) Mem {
	name := fmt.Sprintf("factorial32x%d", j)
	if _, ok := constants[name]; !ok {
		constants[name] = ConstData(name, U32(math.Float32bits(float32(1/math.Gamma(float64(j)+1)))))
	}
	return constants[name]
}

// exponentials writes softmax's inner loop and tanh.
func (s isa) exponentials() {
	s.routine("expSum", "(n int, top float32, x, dst *float32) float64",
		"performs dst = exp(x − top) and returns the sum in float64.")
	p, top, e := arrays("x", "dst"), s.scalar("top"), s.exp32()
	zero := s.vector()
	s.zero(zero)
	parts := make([]reg.VecVirtual, 16/s.lanes) // together 8 partial sums: value i goes to number i mod 8
	for i := range parts {
		parts[i] = s.vector()
		s.zero(parts[i])
	}
	s.each(p, func(b vec) {
		x := b.load(p[0])
		VSUBPS(top, x, x)
		e.of(x)
		b.keep(x, zero)
		b.store(x, p[1])
		s.widen(x, parts)
	})
	VMOVSD(s.fold(parts).AsX(), where(ReturnIndex(0)))
	done()
	s.tanh()
	s.tempered()
}

// widen adds the values of x as float64 to 8 partial sums.
func (s isa) widen(x reg.VecVirtual, sums []reg.VecVirtual) {
	for i := range 2 {
		v := s.vector()
		if s.lanes == 16 {
			part := YMM()
			VEXTRACTF64X4(Imm(uint64(i)), x, part)
			VCVTPS2PD(part, v)
		} else {
			part := XMM()
			VEXTRACTF128(Imm(uint64(i)), x, part)
			VCVTPS2PD(part, v)
		}
		VADDPD(v, sums[i%len(sums)], sums[i%len(sums)])
	}
}

// tanh writes the hyperbolic tangent: (1 − e)/(1 + e) with e = exp(−2|x|), and the sign of x. Near zero, where
// 1 − e cancels, it is the odd Taylor polynomial up to x⁹ instead: below 1/4 the next term, 1382/155925 x¹¹, is
// less than 10⁻⁸ of the value.
func (s isa) tanh() {
	s.routine("tanh", "(n int, x *float32)", "performs x = tanh x.")
	p, e := arrays("x"), s.exp32()
	signs, one, two, near := s.u32("sign", 1<<31), s.f32("one", 1), s.f32("minusTwo", -2), s.f32("near", 0.25)
	coefficients := []float64{62. / 2835, -17. / 315, 2. / 15, -1. / 3}
	s.each(p, func(b vec) {
		x := b.load(p[0])
		size, sign, power := s.vector(), s.vector(), s.vector()
		VANDNPS(x, signs, size)
		VANDPS(x, signs, sign)
		VMULPS(two, size, power)
		e.of(power)
		num, den := s.vector(), s.vector()
		VSUBPS(power, one, num)
		VADDPS(power, one, den)
		VDIVPS(den, num, num)

		square, poly := s.vector(), s.vector()
		VMULPS(x, x, square)
		VBROADCASTSS(constant32("tanh9", coefficients[0]), poly)
		for i, c := range coefficients[1:] {
			term := s.vector()
			VBROADCASTSS(constant32(fmt.Sprintf("tanh%d", 7-2*i), c), term)
			VFMADD213PS(term, square, poly)
		}
		VMULPS(square, poly, poly)
		VFMADD213PS(size, size, poly) // |x| + |x|·x²·P

		if s.lanes == 16 {
			k := K()
			VCMPPS(Imm(1), near, size, k) // size < near
			VMOVAPS(poly, k, num)
		} else {
			k := s.vector()
			VCMPPS(Imm(1), near, size, k)
			VBLENDVPS(k, poly, num, num)
		}
		VORPS(sign, num, num)
		b.store(num, p[0])
	})
	done()
}

func constant32(name string, v float64) Mem {
	if _, ok := constants[name]; !ok {
		constants[name] = ConstData(name, U32(math.Float32bits(float32(v))))
	}
	return constants[name]
}
