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

// adapted is what backward needs of low-rank terms.
//
// Shapes: y (n,D), of queries (k,D)  z = γ A y (n,r), (k,r)
type adapted struct {
	LowRank
	leave  []int
	drop   *Masks
	gammas [3]float32
	tokens int
	y, z   [3]f32.Matrix
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

// addTo adds the terms to queries, keys and values.
func (l LowRank) addTo(w Work, qkv, y [3]f32.Matrix, in Input, b *Block) adapted {
	a := adapted{LowRank: l, leave: in.Leave, drop: in.Drop, tokens: in.X.Rows, y: y}
	a.gammas = [3]float32{l.Gamma * rootOf(b.width/b.heads), l.Gamma, l.Gamma}
	for i := range a.z {
		a.z[i] = w.matrix(y[i].Rows, l.A[i].Rows)
		if a.drop != nil {
			a.y[i] = w.matrix(y[i].Rows, y[i].Cols)
		}
	}
	defer w.Memory.Release(w.Memory.Mark())
	terms := make([]f32.Matrix, w.workers())
	for i := range terms {
		terms[i] = w.matrix(slab, b.width)
	}
	for i := range a.z {
		w.slabs(y[i].Rows, func(worker, from, to int) {
			if a.drop != nil {
				for r := from; r < to; r++ {
					a.drop[i].apply(a.y[i].Row(r), y[i].Row(r), a.row(i, r))
				}
			}
			z, term := between(a.z[i], from, to), between(terms[worker], 0, to-from)
			f32.MulT(z, between(a.y[i], from, to), l.A[i])
			f32.Scale(a.gammas[i], z.Data)
			f32.MulT(term, z, l.B[i])
			f32.Axpy(1, term.Data, between(qkv[i], from, to).Data)
		})
	}
	return a
}

// row is the token that row r of part i is of: only some tokens ask.
func (a *adapted) row(i, r int) int {
	if i == query {
		return at(a.leave, r)
	}
	return r
}

// backward adds to dy what comes through the terms, and their gradients, for d = ∂L/∂(q, k, v) of several cotangents:
//
//	dB = dᵀ z,  t = γ d B,  dA = tᵀ (m ∘ y),  dy += m ∘ (t A)
func (a *adapted) backward(w Work, dy f32.Matrix, d [3]f32.Matrix, grads []LowRank) {
	var t [3]f32.Matrix
	scratch := make([]f32.Matrix, w.workers())
	for i := range scratch {
		scratch[i] = w.matrix(slab, dy.Cols)
	}
	for i := range t {
		t[i] = w.matrix(d[i].Rows, a.A[i].Rows)
	}
	w.each(3*len(grads), func(_, job int) {
		i, z := job/len(grads), job%len(grads)
		n := a.y[i].Rows
		d, t := part(d[i], z, n), part(t[i], z, n)
		f32.AddTMul(grads[z].B[i], d, a.z[i])
		f32.Mul(t, d, a.B[i])
		f32.Scale(a.gammas[i], t.Data)
		f32.AddTMul(grads[z].A[i], t, a.y[i])
	})
	for i := range t {
		add := func(worker, from, to int) {
			term, n := between(scratch[worker], 0, to-from), a.y[i].Rows
			f32.Mul(term, between(t[i], from, to), a.A[i])
			for r := range term.Rows {
				z, token := (from+r)/n, a.row(i, (from+r)%n)
				if a.drop != nil {
					a.drop[i].apply(term.Row(r), term.Row(r), token)
				}
				f32.Axpy(1, term.Row(r), dy.Row(z*a.tokens+token))
			}
		}
		if i == query && a.leave != nil { // a token may ask twice
			Work{}.slabs(t[i].Rows, add)
		} else {
			w.slabs(t[i].Rows, add)
		}
	}
}
