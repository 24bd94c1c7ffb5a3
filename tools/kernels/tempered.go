package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tempered writes the float64 kernels on logits at a temperature. Rows are padded to whole vectors of 8 values.
func (s isa) tempered() {
	vectors := 16 / s.lanes // that hold 8 float64 values

	s.routine("moments", "(n int, beta float64, x *float64, sums *[3]float64)",
		"sums e^u, u e^u and u² e^u for u = max(β x, −700).")
	x, beta, e := Load(Param("x"), GP64()), s.scalar64("beta"), s.exp64()
	var sums [3][]reg.VecVirtual
	for i := range sums {
		for range vectors {
			v := s.vector()
			s.zero(v)
			sums[i] = append(sums[i], v)
		}
	}
	n := GP64()
	Load(Param("n"), n)
	Label("loop")
	for i := range vectors {
		u, p := s.vector(), s.vector()
		VMULPD(s.at(x, i), beta, u)
		VMAXPD(u, e.low, u)
		VMOVAPD(u, p)
		e.of(p)
		VADDPD(p, sums[0][i], sums[0][i])
		VMULPD(u, p, p)
		VADDPD(p, sums[1][i], sums[1][i])
		VFMADD231PD(u, p, sums[2][i])
	}
	ADDQ(U32(64), x)
	SUBQ(U32(8), n)
	JG(LabelRef("loop"))
	out := Load(Param("sums"), GP64())
	for i := range sums {
		VMOVSD(s.fold(sums[i]).AsX(), Mem{Base: out, Disp: 8 * i})
	}
	done()

	s.routine("temper", "(n int, beta float64, x, dst *float64) float64",
		"performs dst = e^max(β x, −700) and returns the sum.")
	x, beta, e = Load(Param("x"), GP64()), s.scalar64("beta"), s.exp64()
	dst := Load(Param("dst"), GP64())
	var sum []reg.VecVirtual
	for range vectors {
		v := s.vector()
		s.zero(v)
		sum = append(sum, v)
	}
	n = GP64()
	Load(Param("n"), n)
	Label("loop")
	for i := range vectors {
		u := s.vector()
		VMULPD(s.at(x, i), beta, u)
		VMAXPD(u, e.low, u)
		e.of(u)
		VADDPD(u, sum[i], sum[i])
		VMOVUPD(u, s.at(dst, i))
	}
	ADDQ(U32(64), x)
	ADDQ(U32(64), dst)
	SUBQ(U32(8), n)
	JG(LabelRef("loop"))
	VMOVSD(s.fold(sum).AsX(), where(ReturnIndex(0)))
	done()
}

// exp64 holds the constants of the float64 exponential in registers, but for round, which is read from memory: AVX2 has
// 16 registers, and moments needs them all.
type exp64 struct {
	s                      isa
	low, log2e, high, rest reg.VecVirtual
	round                  Mem
}

func (s isa) exp64() exp64 {
	return exp64{
		s:     s,
		low:   s.f64("lowest64", lowest64),
		log2e: s.f64("log2e64", math.Log2E),
		high:  s.f64("ln2High64", ln2High64),
		rest:  s.f64("ln2Low64", math.Ln2-ln2High64),
		round: vector64("round64", 3<<51),
	}
}

// of replaces x ≥ lowest by eˣ.
func (e exp64) of(x reg.VecVirtual) {
	s := e.s
	n, whole, sum := s.vector(), s.vector(), s.vector()
	VMOVUPD(e.round, n)
	VFMADD231PD(e.log2e, x, n)
	VSUBPD(e.round, n, whole)
	VFNMADD231PD(e.high, whole, x)
	VFNMADD231PD(e.rest, whole, x)
	VBROADCASTSD(factorial64(terms64), sum)
	for j := terms64 - 1; j >= 0; j-- {
		term := s.vector()
		VBROADCASTSD(factorial64(j), term)
		VFMADD213PD(term, x, sum)
	}
	VPSLLQ(Imm(52), n, n)
	VPADDQ(n, sum, x)
}

// factorial64 is 1/j!.
func factorial64(j int) Mem {
	name := fmt.Sprintf("factorial64x%d", j)
	if _, ok := constants[name]; !ok {
		constants[name] = ConstData(name, U64(math.Float64bits(1/math.Gamma(float64(j)+1))))
	}
	return constants[name]
}

// vector64 is a constant repeated over the widest vector, for instructions that read a whole one from memory.
func vector64(name string, v float64) Mem {
	if _, ok := constants[name]; !ok {
		constants[name] = GLOBL(name, 8|16) // read-only, no pointers
		for i := range 8 {
			DATA(8*i, U64(math.Float64bits(v)))
		}
	}
	return constants[name]
}
