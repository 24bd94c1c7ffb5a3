package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is one instruction set that kernels are written for: how wide a vector is, and how large the tile of a product
// may be so that its sums, two vectors of B and a broadcast element of A fit the registers.
type isa struct {
	suffix string
	lanes  int // float32 values of a vector
	rows   int // of a tile; a tile has 2 vectors of columns
	vector func() reg.VecVirtual
}

var isas = []isa{
	{suffix: "AVX2", lanes: 8, rows: 6, vector: YMM},
	{suffix: "AVX512", lanes: 16, rows: 14, vector: ZMM},
}

// bytes is the size of a vector.
func (s isa) bytes() int { return 4 * s.lanes }

// zero sets v to zero.
func (s isa) zero(v reg.Register) {
	if s.lanes == 16 {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
}

// at is the memory operand of vector i after base.
func (s isa) at(base reg.Register, i int) Mem { return Mem{Base: base, Disp: i * s.bytes()} }
