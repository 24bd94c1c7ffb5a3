package encoder

import "github.com/fedpurel/fedpurel/train/f32"

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
	l := k.in.Length
	k.fetch(k.g.rows, k.t, k.i)
	f32.MulT(k.g.scores, k.g.rows, part(k.in.Y, k.i, l))
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
	l := k.in.Length
	f32.Mul(k.g.rows, k.g.scores, part(k.in.Y, k.i, l))
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
