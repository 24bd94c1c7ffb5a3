package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// routine opens a kernel.
func (s isa) routine(name, signature, doc string) {
	TEXT(name+s.suffix, NOSPLIT, "func"+signature)
	Doc(name + s.suffix + " " + doc)
	Pragma("noescape")
}

// arrays loads pointer parameters.
func arrays(names ...string) []reg.Register {
	out := make([]reg.Register, len(names))
	for i, name := range names {
		out[i] = Load(Param(name), GP64())
	}
	return out
}

// where is the memory of a parameter or result. avo's own Load and Store of floating-point numbers use the
// instructions of before AVX, which wait for everything while the upper halves of the registers are in use.
func where(c gotypes.Component) Mem {
	b, err := c.Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// scalar loads a float32 parameter into every lane.
func (s isa) scalar(name string) reg.VecVirtual {
	v := s.vector()
	VBROADCASTSS(where(Param(name)), v)
	return v
}

// scalar64 loads a float64 parameter into every lane.
func (s isa) scalar64(name string) reg.VecVirtual {
	v := s.vector()
	VBROADCASTSD(where(Param(name)), v)
	return v
}

// vec is a vector of a loop's body: where it lies, and which of its values count.
type vec struct {
	isa  isa
	mask *mask // nil: all
}

func (b vec) load(p reg.Register) reg.VecVirtual {
	v := b.isa.vector()
	if b.mask == nil {
		VMOVUPS(Mem{Base: p}, v)
	} else {
		b.mask.load(Mem{Base: p}, v)
	}
	return v
}

func (b vec) store(v, p reg.Register) {
	if b.mask == nil {
		VMOVUPS(v, Mem{Base: p})
	} else {
		b.mask.store(v, Mem{Base: p})
	}
}

// keep replaces the values of v that do not count by other's.
func (b vec) keep(v, other reg.VecVirtual) {
	switch {
	case b.mask == nil:
	case b.isa.lanes == 16:
		VBLENDMPS(v, other, b.mask.bits, v)
	default:
		VBLENDVPS(b.mask.bits, v, other, v)
	}
}

// each runs body over n values in whole vectors, then once more on what is left, masked. It advances the pointers.
func (s isa) each(pointers []reg.Register, body func(vec)) {
	n := GP64()
	Load(Param("n"), n)
	SUBQ(U32(s.lanes), n)
	JL(LabelRef("rest"))
	Label("whole")
	body(vec{isa: s})
	for _, p := range pointers {
		ADDQ(U32(s.bytes()), p)
	}
	SUBQ(U32(s.lanes), n)
	JGE(LabelRef("whole"))
	Label("rest")
	ADDQ(U32(s.lanes), n)
	JZ(LabelRef("end"))
	m := s.maskOf(n)
	body(vec{isa: s, mask: &m})
	Label("end")
}

// done leaves the kernel.
func done() {
	VZEROUPPER()
	RET()
}

var constants = map[string]Mem{}

// f32 is a vector that holds the float32 constant v in every lane.
func (s isa) f32(name string, v float64) reg.VecVirtual {
	if _, ok := constants[name]; !ok {
		constants[name] = ConstData(name, U32(math.Float32bits(float32(v))))
	}
	out := s.vector()
	VBROADCASTSS(constants[name], out)
	return out
}

// u32 is a vector that holds v in every lane.
func (s isa) u32(name string, v uint32) reg.VecVirtual {
	if _, ok := constants[name]; !ok {
		constants[name] = ConstData(name, U32(v))
	}
	out := s.vector()
	VBROADCASTSS(constants[name], out)
	return out
}

// f64 is a vector that holds the float64 constant v in every lane.
func (s isa) f64(name string, v float64) reg.VecVirtual {
	if _, ok := constants[name]; !ok {
		constants[name] = ConstData(name, U64(math.Float64bits(v)))
	}
	out := s.vector()
	VBROADCASTSD(constants[name], out)
	return out
}

// fold adds up the float64 lanes of vectors that together hold 16 or 8 partial sums: always the upper half onto the
// lower, so that the order does not depend on the width of a vector. It returns the sum in the lowest lane.
func (s isa) fold(v []reg.VecVirtual) reg.VecVirtual {
	for n := len(v); n > 1; n /= 2 {
		for i := range n / 2 {
			VADDPD(v[i+n/2], v[i], v[i])
		}
	}
	sum := v[0]
	if s.lanes == 16 {
		upper := YMM()
		VEXTRACTF64X4(Imm(1), sum, upper)
		VADDPD(upper, sum.AsY(), sum.AsY())
	}
	upper := XMM()
	VEXTRACTF128(Imm(1), sum.AsY(), upper)
	VADDPD(upper, sum.AsX(), sum.AsX())
	VUNPCKHPD(sum.AsX(), sum.AsX(), upper)
	VADDSD(upper, sum.AsX(), sum.AsX())
	return sum
}
