package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// product writes the inner kernel of all matrix products,
//
//	C[i,j] = C₀[i,j] + Σ_t A[i,t] B[t,j]   for i < rows, j < 2 vectors, t < k ascending
//
// with C₀ = C if add, else 0. A lies anywhere: element (i,t) is a[i*ra + t*ca], strides in bytes. B is a packed
// panel, two vectors a row. Rows of C are rc bytes apart.
//
// The sums stay in registers for all of k. For every t, two vectors of B are loaded once, and every A[i,t] is broadcast
// and multiplied onto both: rows·2 fused multiply-adds for rows+2 loads, so that the multipliers, not the loads,
// limit it. Each sum takes its terms one by one in the order of t; so both instruction sets give the same bits.
func (s isa) product() {
	TEXT("product"+s.suffix, NOSPLIT, "func(rows, k int, a *float32, ra, ca int, "+
		"b, c *float32, rc int, add bool, ahead *float32, step int)")
	Pragma("noescape")
	Doc(fmt.Sprintf("product%s is the inner kernel of products: C = C₀ + A·B for a tile of up to %d×%d.",
		s.suffix, s.rows, 2*s.lanes))
	rows := Load(Param("rows"), GP64())
	for m := s.rows; m > 1; m-- {
		CMPQ(rows, Imm(uint64(m)))
		JEQ(LabelRef(fmt.Sprintf("rows%d", m)))
	}
	for m := 1; m <= s.rows; m++ {
		s.tile(m)
	}
}

// tile writes the kernel for exactly m rows.
func (s isa) tile(m int) {
	Label(fmt.Sprintf("rows%d", m))
	k := Load(Param("k"), GP64())
	a := Load(Param("a"), GP64())
	ra := Load(Param("ra"), GP64())
	ca := Load(Param("ca"), GP64())
	b := Load(Param("b"), GP64())
	rowsOf := pointers(a, ra, m)

	sums := make([][2]reg.VecVirtual, m)
	for i := range sums {
		sums[i] = [2]reg.VecVirtual{s.vector(), s.vector()}
	}
	c := Load(Param("c"), GP64())
	add := Load(Param("add"), GP8())
	start, loop, done := fmt.Sprintf("start%d", m), fmt.Sprintf("loop%d", m), fmt.Sprintf("done%d", m)
	for i := range sums {
		s.zero(sums[i][0])
		s.zero(sums[i][1])
	}
	TESTB(add, add)
	JZ(LabelRef(start))
	for i := range sums {
		VMOVUPS(s.at(c, 0), sums[i][0])
		VMOVUPS(s.at(c, 1), sums[i][1])
		ADDQ(where(Param("rc")), c)
	}
	Label(start)
	TESTQ(k, k)
	JZ(LabelRef(done))
	ahead := Load(Param("ahead"), GP64())
	step := Load(Param("step"), GP64())
	Label(loop)
	PREFETCHT0(Mem{Base: ahead})
	PREFETCHT0(Mem{Base: ahead, Disp: 4 * s.rows})
	ADDQ(step, ahead)
	b0, b1, x := s.vector(), s.vector(), s.vector()
	VMOVUPS(s.at(b, 0), b0)
	VMOVUPS(s.at(b, 1), b1)
	for i := range sums {
		VBROADCASTSS(rowsOf(i), x)
		VFMADD231PS(b0, x, sums[i][0])
		VFMADD231PS(b1, x, sums[i][1])
	}
	advance(ca, m)
	ADDQ(Imm(uint64(2*s.bytes())), b)
	DECQ(k)
	JNZ(LabelRef(loop))

	Label(done)
	Load(Param("c"), c)
	for i := range sums {
		VMOVUPS(sums[i][0], s.at(c, 0))
		VMOVUPS(sums[i][1], s.at(c, 1))
		if i+1 < m {
			ADDQ(where(Param("rc")), c)
		}
	}
	VZEROUPPER()
	RET()
}

var bases []reg.GPVirtual

// pointers sets up one base register for every three rows of A and returns the operand of row i: a base, and once
// or twice the row stride.
func pointers(a, ra reg.Register, m int) func(i int) Op {
	bases = nil
	triple := GP64()
	LEAQ(Mem{Base: ra, Index: ra, Scale: 2}, triple)
	for i := 0; i < m; i += 3 {
		p := GP64()
		if i == 0 {
			MOVQ(a, p)
		} else {
			MOVQ(bases[len(bases)-1], p)
			ADDQ(triple, p)
		}
		bases = append(bases, p)
	}
	return func(i int) Op {
		if i%3 == 0 {
			return Mem{Base: bases[i/3]}
		}
		return Mem{Base: bases[i/3], Index: ra, Scale: uint8(i % 3)}
	}
}

func advance(ca reg.Register, m int) {
	for _, p := range bases[:(m+2)/3] {
		ADDQ(ca, p)
	}
}
