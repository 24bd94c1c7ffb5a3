package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transpose writes the kernel that turns up to lanes×lanes values around: dst[j,i] = src[i,j], for i < rows and
// j < cols. Rows of src and dst are rs and rd bytes apart. Of every row of dst, width values are written, zero
// from rows on.
func (s isa) transpose() {
	TEXT("transpose"+s.suffix, NOSPLIT, "func(src *float32, rs, rows, cols int, dst *float32, rd, width int)")
	Doc(fmt.Sprintf("transpose%s performs dst[j,i] = src[i,j] on a block of up to %d×%d; "+
		"width values of each row of dst are written.", s.suffix, s.lanes, s.lanes))
	Pragma("noescape")
	src := Load(Param("src"), GP64())
	rs := Load(Param("rs"), GP64())
	rows := Load(Param("rows"), GP64())
	x := make([]reg.VecVirtual, s.lanes)
	for i := range x {
		x[i] = s.vector()
		s.zero(x[i])
	}
	columns := s.mask("cols")
	for i := range x {
		CMPQ(rows, Imm(uint64(i)))
		JLE(LabelRef("loaded"))
		columns.load(Mem{Base: src}, x[i])
		ADDQ(rs, src)
	}
	Label("loaded")
	y := s.turn(x)
	dst := Load(Param("dst"), GP64())
	rd := Load(Param("rd"), GP64())
	n := Load(Param("cols"), GP64())
	width := s.mask("width")
	for j := range y {
		CMPQ(n, Imm(uint64(j)))
		JLE(LabelRef("stored"))
		width.store(y[j], Mem{Base: dst})
		ADDQ(rd, dst)
	}
	Label("stored")
	VZEROUPPER()
	RET()
}

// turn transposes a square of registers by swapping ever larger blocks: single values and pairs within each quarter
// of a register (unpack), then the quarters (shuffle, or permute where there are only halves).
func (s isa) turn(x []reg.VecVirtual) []reg.VecVirtual {
	n := len(x)
	pairs := make([]reg.VecVirtual, n)
	for i := 0; i < n; i += 2 {
		pairs[i], pairs[i+1] = s.vector(), s.vector()
		VUNPCKLPS(x[i+1], x[i], pairs[i])
		VUNPCKHPS(x[i+1], x[i], pairs[i+1])
	}
	// fours[4g+c] holds, in its quarter q, column 4q+c of rows 4g to 4g+3.
	fours := x
	for g := 0; g < n; g += 4 {
		VUNPCKLPD(pairs[g+2], pairs[g], fours[g])
		VUNPCKHPD(pairs[g+2], pairs[g], fours[g+1])
		VUNPCKLPD(pairs[g+3], pairs[g+1], fours[g+2])
		VUNPCKHPD(pairs[g+3], pairs[g+1], fours[g+3])
	}
	out := pairs
	if n == 8 {
		for c := range 4 {
			VPERM2F128(Imm(0x20), fours[4+c], fours[c], out[c])
			VPERM2F128(Imm(0x31), fours[4+c], fours[c], out[4+c])
		}
		return out
	}
	for c := range 4 { // a 4×4 transposition of quarters: even and odd quarters of two groups, then of all four
		even0, odd0, even1, odd1 := out[c], out[4+c], out[8+c], out[12+c]
		VSHUFF32X4(Imm(0x88), fours[4+c], fours[c], even0)
		VSHUFF32X4(Imm(0xdd), fours[4+c], fours[c], odd0)
		VSHUFF32X4(Imm(0x88), fours[12+c], fours[8+c], even1)
		VSHUFF32X4(Imm(0xdd), fours[12+c], fours[8+c], odd1)
	}
	for c := range 4 {
		even0, odd0, even1, odd1 := out[c], out[4+c], out[8+c], out[12+c]
		VSHUFF32X4(Imm(0x88), even1, even0, fours[c])
		VSHUFF32X4(Imm(0xdd), even1, even0, fours[8+c])
		VSHUFF32X4(Imm(0x88), odd1, odd0, fours[4+c])
		VSHUFF32X4(Imm(0xdd), odd1, odd0, fours[12+c])
	}
	return fours
}
