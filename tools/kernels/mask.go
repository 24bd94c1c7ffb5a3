package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// mask selects the first values of a vector for loads and stores, so that nothing past the end of a row is touched.
type mask struct {
	isa  isa
	bits reg.Register // an opmask, or a vector with the sign bit set where selected
}

// mask returns the one that selects min(n, lanes) values, n being the parameter of that name.
func (s isa) mask(name string) mask {
	n := GP64()
	Load(Param(name), n)
	return s.maskOf(n)
}

// maskOf is mask for a count in a register, which it uses up.
func (s isa) maskOf(n reg.GPVirtual) mask {
	limit := GP64()
	MOVQ(U32(s.lanes), limit)
	CMPQ(n, limit)
	CMOVQGT(limit, n)
	if s.lanes == 16 {
		ones := GP32()
		MOVL(U32(0xffff), ones)
		BZHIL(n.As32(), ones, ones)
		k := K()
		KMOVW(ones, k)
		return mask{s, k}
	}
	table := GP64()
	LEAQ(selected(), table)
	NEGQ(n)
	v := s.vector()
	VMOVUPS(Mem{Base: table, Disp: 32, Index: n, Scale: 4}, v)
	return mask{s, v}
}

func (m mask) load(from Mem, to reg.Register) {
	if m.isa.lanes == 16 {
		VMOVUPS_Z(from, m.bits, to)
	} else {
		VMASKMOVPS(from, m.bits, to)
	}
}

func (m mask) store(from reg.Register, to Mem) {
	if m.isa.lanes == 16 {
		VMOVUPS(from, m.bits, to)
	} else {
		VMASKMOVPS(from, m.bits, to)
	}
}

var table Mem

// selected is a table of eight set and eight clear words: read n words before its middle, it is the AVX2 mask of n
// values.
func selected() Mem {
	if table.Symbol.Name == "" {
		table = GLOBL("selected", 8|16) // read-only, no pointers
		for i := range 8 {
			DATA(4*i, U32(0xffffffff))
		}
		for i := range 8 {
			DATA(32+4*i, U32(0))
		}
	}
	return table
}
