package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vectors writes the element-wise kernels. Products and sums round one after the other, as the plain Go loops have it.
func (s isa) vectors() {
	s.routine("axpy", "(n int, alpha float32, x, y *float32)", "performs y += α x.")
	p, alpha := arrays("x", "y"), s.scalar("alpha")
	s.each(p, func(b vec) {
		x, y := b.load(p[0]), b.load(p[1])
		VMULPS(x, alpha, x)
		VADDPS(x, y, y)
		b.store(y, p[1])
	})
	done()

	s.routine("scale", "(n int, alpha float32, x *float32)", "performs x *= α.")
	p, alpha = arrays("x"), s.scalar("alpha")
	s.each(p, func(b vec) {
		x := b.load(p[0])
		VMULPS(x, alpha, x)
		b.store(x, p[0])
	})
	done()

	s.routine("times", "(n int, x, y *float32)", "performs y *= x.")
	p = arrays("x", "y")
	s.each(p, func(b vec) {
		x, y := b.load(p[0]), b.load(p[1])
		VMULPS(x, y, y)
		b.store(y, p[1])
	})
	done()

	s.routine("tanhSlope", "(n int, h, d *float32)", "performs d *= 1 − h².")
	p = arrays("h", "d")
	one := s.f32("one", 1)
	s.each(p, func(b vec) {
		h, d := b.load(p[0]), b.load(p[1])
		VMULPS(h, h, h)
		VSUBPS(h, one, h)
		VMULPS(h, d, d)
		b.store(d, p[1])
	})
	done()

	s.routine("highest", "(n int, x *float32) float32", "is the largest of the values and −∞. NaN is passed over.")
	p = arrays("x")
	low := s.u32("minusInfinity", 0xff800000)
	top := s.vector()
	VMOVAPS(low, top)
	s.each(p, func(b vec) {
		x := b.load(p[0])
		b.keep(x, low)
		VMAXPS(top, x, top) // the second operand, top, where x is NaN
	})
	if s.lanes == 16 {
		upper := YMM()
		VEXTRACTF64X4(Imm(1), top, upper)
		VMAXPS(upper, top.AsY(), top.AsY())
	}
	upper := XMM()
	VEXTRACTF128(Imm(1), top.AsY(), upper)
	VMAXPS(upper, top.AsX(), top.AsX())
	VPERMILPS(Imm(0x4e), top.AsX(), upper)
	VMAXPS(upper, top.AsX(), top.AsX())
	VPERMILPS(Imm(0xb1), top.AsX(), upper)
	VMAXPS(upper, top.AsX(), top.AsX())
	VMOVSS(top.AsX(), where(ReturnIndex(0)))
	done()

	s.sum("dot", "(n int, x, y *float32) float64", "is Σ x y in float64.", func(x, y, sum reg.VecVirtual) {
		VFMADD231PD(x, y, sum)
	})
	s.sum("square", "(n int, x, y *float32) float64", "is Σ (x − y)² in float64.", func(x, y, sum reg.VecVirtual) {
		VSUBPD(y, x, x)
		VFMADD231PD(x, x, sum)
	})
	s.optimizer()
}

// sum writes a kernel that accumulates pairs of values, as float64, in 16 partial sums.
func (s isa) sum(name, signature, doc string, add func(x, y, sum reg.VecVirtual)) {
	s.routine(name, signature, doc)
	p := arrays("x", "y")
	perVector := s.lanes / 2
	parts := make([]reg.VecVirtual, 16/perVector)
	for i := range parts {
		parts[i] = s.vector()
		s.zero(parts[i])
	}
	step := func(masks []mask) {
		for i, part := range parts {
			x, y := s.half(p[0], i, masks), s.half(p[1], i, masks)
			add(x, y, part)
		}
	}
	n := GP64()
	Load(Param("n"), n)
	SUBQ(U32(16), n)
	JL(LabelRef("rest"))
	Label("whole")
	step(nil)
	ADDQ(U32(64), p[0])
	ADDQ(U32(64), p[1])
	SUBQ(U32(16), n)
	JGE(LabelRef("whole"))
	Label("rest")
	ADDQ(U32(16), n)
	JZ(LabelRef("end"))
	step(s.masks16(n))
	Label("end")
	VMOVSD(s.fold(parts).AsX(), where(ReturnIndex(0)))
	done()
}

// masks16 are the masks of up to 16 values in the vectors that hold them; n is used up.
func (s isa) masks16(n reg.GPVirtual) []mask {
	if s.lanes == 16 {
		return []mask{s.maskOf(n)}
	}
	second := GP64()
	MOVQ(n, second)
	SUBQ(U32(8), second)
	none := GP64()
	XORQ(none, none)
	CMPQ(second, none)
	CMOVQLT(none, second)
	return []mask{s.maskOf(n), s.maskOf(second)}
}

// half loads a vector of float64 from 16 float32 values at p: the i-th.
func (s isa) half(p reg.Register, i int, masks []mask) reg.VecVirtual {
	v := s.vector()
	if masks == nil {
		VCVTPS2PD(Mem{Base: p, Disp: i * s.bytes() / 2}, v)
		return v
	}
	perLoad := s.bytes() / 2 * 2 // a masked load brings two vectors' worth
	whole := s.vector()
	masks[i/2].load(Mem{Base: p, Disp: i / 2 * perLoad}, whole)
	if s.lanes == 16 {
		part := YMM()
		VEXTRACTF64X4(Imm(uint64(i%2)), whole, part)
		VCVTPS2PD(part, v)
	} else {
		part := XMM()
		VEXTRACTF128(Imm(uint64(i%2)), whole, part)
		VCVTPS2PD(part, v)
	}
	return v
}

// optimizer writes the updates of stochastic gradient descent.
func (s isa) optimizer() {
	s.routine("descend", "(n int, lr, wd float32, grad, p *float32)", "performs p −= η (grad + wd p).")
	p, lr, wd := arrays("grad", "p"), s.scalar("lr"), s.scalar("wd")
	s.each(p, func(b vec) {
		g, x, pull := b.load(p[0]), b.load(p[1]), s.vector()
		VMULPS(wd, x, pull)
		VADDPS(pull, g, g)
		VMULPS(lr, g, g)
		VSUBPS(g, x, x)
		b.store(x, p[1])
	})
	done()

	s.routine("momentum", "(n int, lr, mu, wd float32, grad, m, p *float32)",
		"performs m ← μ m + grad + wd p, p −= η m.")
	p, lr, wd = arrays("grad", "m", "p"), s.scalar("lr"), s.scalar("wd")
	mu := s.scalar("mu")
	s.each(p, func(b vec) {
		g, m, x, pull := b.load(p[0]), b.load(p[1]), b.load(p[2]), s.vector()
		VMULPS(mu, m, m)
		VADDPS(g, m, m)
		VMULPS(wd, x, pull)
		VADDPS(pull, m, m)
		b.store(m, p[1])
		VMULPS(lr, m, m)
		VSUBPS(m, x, x)
		b.store(x, p[2])
	})
	done()

	s.routine("weigh", "(n int, w float64, x *float32, sum *float64)",
		"performs sum += w x in float64, on whole vectors of 8.")
	p = arrays("x", "sum")
	w := s.scalar64("w")
	n := GP64()
	Load(Param("n"), n)
	Label("more")
	for i := range 16 / s.lanes {
		x, sum := s.vector(), s.vector()
		VCVTPS2PD(Mem{Base: p[0], Disp: i * s.bytes() / 2}, x)
		VMULPD(w, x, x)
		VADDPD(s.at(p[1], i), x, sum)
		VMOVUPD(sum, s.at(p[1], i))
	}
	ADDQ(U32(32), p[0])
	ADDQ(U32(64), p[1])
	SUBQ(U32(8), n)
	JG(LabelRef("more"))
	done()

	s.routine("rescale", "(n int, w float64, x, dst *float32)",
		"performs dst = w x, rounded once, on whole vectors of 8.")
	p = arrays("x", "dst")
	w = s.scalar64("w")
	n = GP64()
	Load(Param("n"), n)
	Label("more")
	for i := range 16 / s.lanes {
		x := s.vector()
		VCVTPS2PD(Mem{Base: p[0], Disp: i * s.bytes() / 2}, x)
		VMULPD(w, x, x)
		if s.lanes == 16 {
			y := YMM()
			VCVTPD2PS(x, y)
			VMOVUPS(y, Mem{Base: p[1]})
		} else {
			y := XMM()
			VCVTPD2PSY(x, y)
			VMOVUPS(y, Mem{Base: p[1], Disp: 16 * i})
		}
	}
	ADDQ(U32(32), p[0])
	ADDQ(U32(32), p[1])
	SUBQ(U32(8), n)
	JG(LabelRef("more"))
	done()
}
