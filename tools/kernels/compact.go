package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// compact writes the kernels that read what is stored in less than a float32: half precision, and masks of bits.
func (s isa) compact() {
	s.routine("widen", "(n int, x *uint16, dst *float32)", "performs dst = x, float16 to float32, on whole vectors.")
	p := arrays("x", "dst")
	n := Load(Param("n"), GP64())
	Label("more")
	v := s.vector()
	VCVTPH2PS(Mem{Base: p[0]}, v)
	VMOVUPS(v, Mem{Base: p[1]})
	ADDQ(U32(s.bytes()/2), p[0])
	ADDQ(U32(s.bytes()), p[1])
	SUBQ(U32(s.lanes), n)
	JG(LabelRef("more"))
	done()

	s.routine("keep", "(n int, scale float32, bits *uint64, x, dst *float32)",
		"performs dst = scale x where the bit is set, 0 elsewhere. Bits are read in whole words of a vector's lanes.")
	p = arrays("x", "dst")
	scale, bits := s.scalar("scale"), Load(Param("bits"), GP64())
	var each reg.VecVirtual
	if s.lanes == 8 {
		each = s.vector()
		VPMOVZXBD(bitOfLane(), each)
	}
	s.each(p, func(b vec) {
		x := b.load(p[0])
		VMULPS(scale, x, x)
		if s.lanes == 16 {
			k := K()
			KMOVW(Mem{Base: bits}, k)
			VMOVAPS_Z(x, k, x)
			ADDQ(Imm(2), bits)
		} else {
			set := s.vector()
			VPBROADCASTB(Mem{Base: bits}, set)
			VPAND(each, set, set)
			VPCMPEQD(each, set, set)
			VANDPS(set, x, x)
			INCQ(bits)
		}
		b.store(x, p[1])
	})
	done()
}

var lanes Mem

// bitOfLane holds 1, 2, 4 … 128 in eight bytes.
func bitOfLane() Mem {
	if lanes.Symbol.Name == "" {
		lanes = ConstData("bitOfLane", U64(0x8040201008040201))
	}
	return lanes
}
