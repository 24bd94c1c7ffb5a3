package encoder

import "github.com/fedpurel/fedpurel/train/f32"

// ClassBlock is an adapted block that only class tokens leave, each the first of its image's. Their queries are folded
// through the weights, so that no token's keys and values are ever formed. With q̃ = q/√d, for every head h:
//
//	u_h = W_k,hᵀ q̃_h   κ_h = γ B_k,hᵀ q̃_h   s_hj = u_h·y_j + κ_h·z^k_j   a = softmax(s)
//	c_h = Σ_j a_hj y_j   d_h = Σ_j a_hj z^v_j   o_h = W_v,h c_h + b_v,h + γ B_v,h d_h
//
// where z_j = A (m_j ∘ y_j). The keys' bias moves all scores of a head alike, and cancels. Without a mask, A moves to
// the other side, and there is no z:
//
//	u_h = W_k,hᵀ q̃_h + A_kᵀ κ_h   d_h = A_v c_h
//
// Shapes: y (N·L,D), of N images of L tokens  u, c (H·N,D), κ, d (H·N,r), row h·N+i  s, a (N·H,L), row i·H+h
type ClassBlock struct {
	width, heads int
	query        linear       // W_q/√d, b_q/√d
	keys, values []f32.Packed // of each head: W_hᵀ (D,d), for x ↦ x W_h
	keysT        []f32.Packed // W_h (d,D), for x ↦ x W_hᵀ
	valuesT      []f32.Packed
	bias         []float32 // b_v
	tail         tail
}

// NewClassBlock lays out the weights w. LN₁ is the caller's: its gain and shift are not read.
func NewClassBlock(w Weights, heads int, act Activation) *ClassBlock {
	width := w.Query.W.Cols
	if heads < 1 || width%heads != 0 {
		panic("encoder: heads do not divide the width")
	}
	d := width / heads
	b := &ClassBlock{width: width, heads: heads, query: newLinear(w.Query.times(rootOf(d))), tail: newTail(w, act)}
	b.bias = make([]float32, width)
	copy(b.bias, w.Value.B)
	for h := range heads {
		key, value := part(w.Key.W, h, d), part(w.Value.W, h, d)
		b.keys, b.keysT = append(b.keys, f32.PackT(key)), append(b.keysT, f32.Pack(key))
		b.values, b.valuesT = append(b.values, f32.PackT(value)), append(b.valuesT, f32.Pack(value))
	}
	return b
}

// ClassInput is what goes into it.
type ClassInput struct {
	Y      f32.Matrix // LN₁ x of all tokens, gain and shift applied (N·L,D), or (N·Rows,D)
	X      f32.Matrix // x of the class tokens (N,D)
	Length int        // L
	Rows   int        // of Y that belong to an image, at least L: what is behind its tokens is not read; 0: L
	Low    LowRank
	Drop   *Masks // over Y; nil: no dropout
}

// ClassPass is one forward pass. Its Out is x' of the class tokens (N,D).
type ClassPass struct {
	tailPass

	block    *ClassBlock
	in       ClassInput
	images   int
	leave    []int // the class tokens
	term     *term // of queries
	q        f32.Matrix
	u, kappa f32.Matrix
	zk, zv   f32.Matrix // (A (m ∘ y))ᵀ of every image (N·r,L), with dropout
	a, c, d  f32.Matrix
}

// Forward lets the class tokens through the block. The pass lives in w's memory, and refers to in.
func (b *ClassBlock) Forward(w Work, in ClassInput) *ClassPass {
	n := in.X.Rows
	if in.Rows == 0 {
		in.Rows = in.Length
	}
	if in.Rows < in.Length || in.Y.Rows != n*in.Rows {
		panic("encoder: tokens are not whole images")
	}
	p := &ClassPass{block: b, in: in, images: n, leave: classes(n*in.Length, in.Length)}
	y := w.gather(in.Y, classes(in.Y.Rows, in.Rows))
	p.q = w.forward(b.query, y)
	p.term = in.Low.of(query, in.Drop, p.leave, n*in.Length)
	p.term.gamma *= rootOf(b.width / b.heads)
	p.term.addTo(w, p.q, y)

	p.ask(w)
	p.look(w)
	return p.answer(w)
}

// tokens are LN₁ x of image i.
func (p *ClassPass) tokens(i int) f32.Matrix { return part(p.in.Y, i, p.in.Rows).Top(p.in.Length) }

// ask makes u and κ.
func (p *ClassPass) ask(w Work) {
	b, n, low := p.block, p.images, &p.in.Low
	d := b.width / b.heads
	p.u, p.kappa = w.matrix(b.heads*n, b.width), w.matrix(b.heads*n, low.A[key].Rows)
	defer w.Memory.Release(w.Memory.Mark())
	scratch := w.matrix(w.workers()*n, d)
	terms := w.matrix(w.workers()*n, b.width)
	w.each(b.heads, func(worker, h int) {
		q, u, kappa := part(scratch, worker, n), part(p.u, h, n), part(p.kappa, h, n)
		columns(q, p.q, 0, h)
		b.keys[h].MulT(u, q)
		f32.Mul(kappa, q, part(low.B[key], h, d))
		f32.Scale(low.Gamma, kappa.Data)
		if p.in.Drop == nil {
			term := part(terms, worker, n)
			f32.Mul(term, kappa, low.A[key])
			f32.Axpy(1, term.Data, u.Data)
		}
	})
}

// look makes a, c and d: what each head of each class token sees of its image.
func (p *ClassPass) look(w Work) {
	b, n, l, low := p.block, p.images, p.in.Length, &p.in.Low
	p.a, p.c = w.matrix(n*b.heads, l), w.matrix(b.heads*n, b.width)
	p.d = w.matrix(b.heads*n, low.A[value].Rows)
	if p.in.Drop != nil {
		p.zk, p.zv = w.matrix(n*low.A[key].Rows, l), w.matrix(n*low.A[value].Rows, l)
	}
	defer w.Memory.Release(w.Memory.Mark())
	glances := p.glances(w, 1)
	w.each(n, func(worker, i int) {
		g, y, a := glances[worker], p.tokens(i), part(p.a, i, b.heads)
		p.fetch(g.rows, p.u, i)
		f32.MulT(a, g.rows, y)
		if p.in.Drop != nil {
			zk, zv := part(p.zk, i, low.A[key].Rows), part(p.zv, i, low.A[value].Rows)
			p.masked(g.masked, key, i)
			f32.MulT(zk, low.A[key], g.masked)
			p.masked(g.masked, value, i)
			f32.MulT(zv, low.A[value], g.masked)
			kappa := g.thin(zk.Rows)
			p.fetch(kappa, p.kappa, i)
			f32.Mul(g.scores, kappa, zk)
			f32.Axpy(1, g.scores.Data, a.Data)
		}
		for h := range b.heads {
			f32.Softmax(a.Row(h), a.Row(h))
		}
		f32.Mul(g.rows, a, y)
		p.spread(p.c, g.rows, i)
		if p.in.Drop != nil {
			d := g.thin(p.d.Cols)
			f32.MulT(d, a, part(p.zv, i, d.Cols))
			p.spread(p.d, d, i)
		}
	})
	if p.in.Drop == nil {
		f32.MulT(p.d, p.c, low.A[value])
	}
}

// answer makes o, and what follows.
func (p *ClassPass) answer(w Work) *ClassPass {
	b, n, low := p.block, p.images, &p.in.Low
	d := b.width / b.heads
	o := w.matrix(n, b.width)
	scratch := w.matrix(w.workers()*n, 2*d)
	w.each(b.heads, func(worker, h int) {
		both := part(scratch, worker, n)
		mine, term := f32.Of(n, d, both.Data[:n*d]), f32.Of(n, d, both.Data[n*d:])
		b.valuesT[h].MulT(mine, part(p.c, h, n))
		f32.MulT(term, part(p.d, h, n), part(low.B[value], h, d))
		f32.Axpy(low.Gamma, term.Data, mine.Data)
		f32.AddRow(mine, b.bias[h*d:(h+1)*d])
		spread(o, mine, 0, h)
	})
	p.tailPass = b.tail.forward(w, o, p.in.X, nil)
	return p
}
