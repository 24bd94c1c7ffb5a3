package encoder

import "github.com/fedpurel/fedpurel/train/f32"

// glance is what one worker needs to look at an image.
//
// Shapes: rows (s·H,D)  narrow (s·H,r)  scores (s·H,L)  masked (L,D)  dz (s·r,L)  dA (s·r,D), for s cotangents
type glance struct {
	rows, narrow, scores, masked, dz, dA f32.Matrix
}

func (p *ClassPass) glances(w Work, s int) []glance {
	all := make([]glance, w.workers())
	l, d, m := p.in.Length, p.block.width, s*p.block.heads
	r := max(p.in.Low.A[key].Rows, p.in.Low.A[value].Rows)
	for i := range all {
		all[i] = glance{rows: w.matrix(m, d), narrow: w.matrix(m, r), scores: w.matrix(m, l)}
		if p.in.Drop != nil {
			all[i].masked, all[i].dz, all[i].dA = w.matrix(l, d), w.matrix(s*r, l), w.matrix(s*r, d)
		}
	}
	return all
}

// fetch copies the rows of image i, of every head, and spread copies them back.
func (p *ClassPass) fetch(dst, m f32.Matrix, i int) {
	for h := range dst.Rows {
		copy(dst.Row(h), m.Row(h*p.images+i))
	}
}

func (p *ClassPass) spread(m, src f32.Matrix, i int) {
	for h := range src.Rows {
		copy(m.Row(h*p.images+i), src.Row(h))
	}
}

// masked performs dst = m ∘ y for image i.
func (p *ClassPass) masked(dst f32.Matrix, mask, i int) {
	y := p.tokens(i)
	for j := range dst.Rows {
		p.in.Drop[mask].apply(dst.Row(j), y.Row(j), i*p.in.Length+j)
	}
}

// thin is the narrow matrix with so many columns.
func (g glance) thin(r int) f32.Matrix {
	return f32.Of(g.narrow.Rows, r, g.narrow.Data[:g.narrow.Rows*r])
}

// lookBack is the part of a backward pass that belongs to one image i.
//
// Shapes: g.rows (s·H,D) holds t, later e  g.scores (s·H,L) ds  own.rows (H,D) u  a (H,L)
type lookBack struct {
	*classBack
	i      int
	g, own glance
	a      f32.Matrix
}

// scores makes ds.
func (k lookBack) scores() {
	k.fetch(k.g.rows, k.t, k.i)
	f32.MulT(k.g.scores, k.g.rows, k.tokens(k.i))
	if k.in.Drop != nil {
		nu := k.g.thin(k.nu.Cols)
		k.fetch(nu, k.nu, k.i)
		zv := part(k.zv, k.i, nu.Cols)
		for z := range k.s { // own.scores has room for one cotangent
			f32.Mul(k.own.scores, part(nu, z, k.a.Rows), zv)
			f32.Axpy(1, k.own.scores.Data, part(k.g.scores, z, k.a.Rows).Data)
		}
	}
	for r := range k.g.scores.Rows {
		softmaxBack(k.a.Row(r%k.a.Rows), k.g.scores.Row(r))
	}
}

// below sets dy to Σ_h (ds_hj u_h + a_hj t_h).
func (k lookBack) below(dy f32.Matrix) {
	if dy.Data == nil {
		return
	}
	k.fetch(k.own.rows, k.u, k.i)
	for z := range k.s {
		dy := part(dy, z*k.images+k.i, k.in.Length)
		clear(dy.Data)
		f32.AddTMul(dy, part(k.g.scores, z, k.a.Rows), k.own.rows)
		f32.AddTMul(dy, k.a, part(k.g.rows, z, k.a.Rows))
	}
}

// sums makes e, and with dropout f.
func (k lookBack) sums() {
	f32.Mul(k.g.rows, k.g.scores, k.tokens(k.i))
	k.spread(k.e, k.g.rows, k.i)
	if k.in.Drop != nil {
		f := k.g.thin(k.f.Cols)
		f32.MulT(f, k.g.scores, part(k.zk, k.i, f.Cols))
		k.spread(k.f, f, k.i)
	}
}

// masked adds Σ_j dz_j (m_j ∘ y_j)ᵀ to the sums of the image's group, and m ∘ Aᵀ dz to dy, for keys or for values.
func (k lookBack) masked(dy f32.Matrix, which int, sums f32.Matrix, group int) {
	l, heads, a := k.in.Length, k.a.Rows, k.in.Low.A[which]
	r := a.Rows
	dz, dA := k.g.dz.Top(k.s*r), k.g.dA.Top(k.s*r)
	clear(dz.Data)
	if which == key {
		kappa := k.own.thin(r)
		k.fetch(kappa, k.kappa, k.i)
		for z := range k.s {
			f32.AddTMul(part(dz, z, r), kappa, part(k.g.scores, z, heads))
		}
	} else {
		nu := k.g.thin(r)
		k.fetch(nu, k.nu, k.i)
		for z := range k.s {
			f32.AddTMul(part(dz, z, r), part(nu, z, heads), k.a)
		}
	}
	k.ClassPass.masked(k.g.masked, which, k.i)
	f32.Mul(dA, dz, k.g.masked)
	f32.Axpy(1, dA.Data, part(sums, group, k.s*r).Data)
	for z := 0; z < k.s && dy.Data != nil; z++ {
		clear(k.g.masked.Data)
		f32.AddTMul(k.g.masked, part(dz, z, r), a)
		for j := range l {
			row := k.g.masked.Row(j)
			k.in.Drop[which].apply(row, row, k.i*l+j)
			f32.Axpy(1, row, dy.Row((z*k.images+k.i)*l+j))
		}
	}
}
