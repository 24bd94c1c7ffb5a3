package encoder

import "github.com/fedpurel/fedpurel/train/f32"

// Backward returns ∂L/∂x for several cotangents dout = ∂L/∂x' stacked (s·k,D): as many blocks of n rows, or of the
// moved tokens' rows where the others are known. Gradients of low-rank terms are added to low, one for each cotangent;
// nil without such terms. It may be called again.
func (p *Pass) Backward(w Work, dout f32.Matrix, low []LowRank) f32.Matrix {
	b, leave, n := p.block, p.in.Leave, p.in.X.Rows
	s := dout.Rows / max(p.Out.Rows, 1)
	if s*p.Out.Rows != dout.Rows || (p.in.Low != nil && len(low) != s) {
		panic("encoder: not a cotangent, and a gradient, for every row and every stack")
	}
	rows := n
	if p.in.known != nil {
		rows = len(p.in.known.moved)
	}
	dx := w.matrix(s*rows, b.width)
	defer w.Memory.Release(w.Memory.Mark())

	dh, do := p.tailPass.backward(w, dout)

	// dq, dk, dv
	d := [3]f32.Matrix{w.matrix(dh.Rows, b.width), w.matrix(s*n, b.width), w.matrix(s*n, b.width)}
	p.in.Over.backward(w, d, do, p.qkv, b.heads, leave, p.weights)
	if p.in.known != nil {
		d, dh = p.moved(w, d, dh, s)
		leave, n = nil, rows
	}

	// dy = dq W_q + dk W_k + dv W_v, and what comes through low-rank terms
	w.multiply(product{dst: dx, a: d[key], weight: b.qkv[key].back})
	w.addBackward(dx, b.qkv[value], d[value])
	if leave == nil {
		w.addBackward(dx, b.qkv[query], d[query])
	} else {
		scatter(dx, w.backward(b.qkv[query], d[query]), leave, n)
	}
	for i, t := range p.terms {
		if t != nil {
			dA, dB := pick(low, i)
			t.backward(w, dx, d[i], dA, dB)
		}
	}

	// dx = ∂LN₁(dy) + dh
	b.first.back(w, dx)
	p.first.back(w, dx)
	scatter(dx, dh, leave, n)
	return dx
}

// moved are the rows of moved tokens.
func (p *Pass) moved(w Work, d [3]f32.Matrix, dh f32.Matrix, s int) ([3]f32.Matrix, f32.Matrix) {
	n, moved := p.in.X.Rows, p.in.known.moved
	whole := func(m f32.Matrix) f32.Matrix {
		if p.in.Leave == nil {
			return m
		}
		all := w.zeros(s*n, m.Cols)
		scatter(all, m, p.in.Leave, n)
		return all
	}
	rows := make([]int, 0, s*len(moved))
	for z := range s {
		for _, r := range moved {
			rows = append(rows, z*n+r)
		}
	}
	for i, m := range [3]f32.Matrix{whole(d[query]), d[key], d[value]} {
		d[i] = w.gather(m, rows)
	}
	return d, w.gather(whole(dh), rows)
}
