package encoder

import "github.com/fedpurel/fedpurel/train/f32"

// LowRank are the low-rank terms of one block's queries, keys and values, in this order, or the gradients of them:
//
//	W y + b + γ B A (m ∘ y)
//
// Shapes: A (r,D)  B (D,r)
type LowRank struct {
	A, B  [3]f32.Matrix
	Gamma float32 // not of gradients
}

// term is one of them, with what its gradients need.
//
// Shapes: y = m ∘ y (k,D)  z = γ A y (k,r), k of n tokens
type term struct {
	a, b   f32.Matrix
	gamma  float32
	mask   *Mask
	leave  []int // the tokens; nil: all
	tokens int   // n
	y, z   f32.Matrix
}

// of is the term i of the terms l.
func (l *LowRank) of(i int, drop *Masks, leave []int, tokens int) *term {
	t := &term{a: l.A[i], b: l.B[i], gamma: l.Gamma, leave: leave, tokens: tokens}
	if drop != nil {
		t.mask = &drop[i]
	}
	return t
}

// slab is how many rows are multiplied by A and B at a time.
const slab = 64

// slabs performs f on parts of n rows.
func (w Work) slabs(n int, f func(worker, from, to int)) {
	w.each((n+slab-1)/slab, func(worker, i int) { f(worker, i*slab, min(n, (i+1)*slab)) })
}

// between are the rows from one inclusive to one exclusive, sharing storage.
func between(m f32.Matrix, from, to int) f32.Matrix {
	return f32.Of(to-from, m.Cols, m.Data[from*m.Cols:to*m.Cols])
}

// addTo performs dst += γ B A (m ∘ y).
func (t *term) addTo(w Work, dst, y f32.Matrix) {
	t.y, t.z = y, w.matrix(y.Rows, t.a.Rows)
	if t.mask != nil {
		t.y = w.matrix(y.Rows, y.Cols)
	}
	defer w.Memory.Release(w.Memory.Mark())
	scratch := w.matrix(w.workers()*slab, dst.Cols)
	w.slabs(y.Rows, func(worker, from, to int) {
		if t.mask != nil {
			for r := from; r < to; r++ {
				t.mask.apply(t.y.Row(r), y.Row(r), at(t.leave, r))
			}
		}
		z, product := between(t.z, from, to), part(scratch, worker, slab).Top(to-from)
		f32.MulT(z, between(t.y, from, to), t.a)
		f32.Scale(t.gamma, z.Data)
		f32.MulT(product, z, t.b)
		f32.Axpy(1, product.Data, between(dst, from, to).Data)
	})
}

// backward adds to dy (s·n,D), unless it is empty, what comes through the term, and to dA and dB of every cotangent
// their gradients, for d = ∂L/∂(W y + …) stacked (s·k,D):
//
//	dB = dᵀ z,  e = γ d B,  dA = eᵀ (m ∘ y),  dy += m ∘ (e A)
func (t *term) backward(w Work, dy, d f32.Matrix, dA, dB []f32.Matrix) {
	e, k := w.matrix(d.Rows, t.a.Rows), t.y.Rows
	w.each(len(dA), func(_, z int) {
		d, e := part(d, z, k), part(e, z, k)
		f32.AddTMul(dB[z], d, t.z)
		f32.Mul(e, d, t.b)
		f32.Scale(t.gamma, e.Data)
		f32.AddTMul(dA[z], e, t.y)
	})
	if dy.Data == nil {
		return
	}
	scratch := w.matrix(w.workers()*slab, dy.Cols)
	add := func(worker, from, to int) {
		product := part(scratch, worker, slab).Top(to - from)
		f32.Mul(product, between(e, from, to), t.a)
		for r := range product.Rows {
			z, token := (from+r)/k, at(t.leave, (from+r)%k)
			if t.mask != nil {
				t.mask.apply(product.Row(r), product.Row(r), token)
			}
			f32.Axpy(1, product.Row(r), dy.Row(z*t.tokens+token))
		}
	}
	if t.leave != nil { // perhaps the same token twice
		w.Run = nil
	}
	w.slabs(e.Rows, add)
}

// pick lists the part i of the gradients.
func pick(grads []LowRank, i int) (dA, dB []f32.Matrix) {
	for _, g := range grads {
		dA, dB = append(dA, g.A[i]), append(dB, g.B[i])
	}
	return dA, dB
}
