package encoder

import "github.com/fedpurel/fedpurel/train/f32"

// Backward adds the gradients of the low-rank terms to low, one for each cotangent of dout = ∂L/∂x' stacked (s·N,D). If
// what is below wants them, it returns dx = ∂L/∂x of class tokens by the shortest way (s·N,D), and dy = ∂L/∂y of all
// tokens (s·N·L,D); else neither. For every head,
//
//	t_h = W_v,hᵀ do_h   ν_h = γ B_v,hᵀ do_h   da_hj = t_h·y_j + ν_h·z^v_j   ds = a ∘ (da − Σ a da)
//	e_h = Σ_j ds_hj y_j   f_h = Σ_j ds_hj z^k_j   dq̃_h = W_k,h e_h + γ B_k,h f_h
//	dB_k,h = γ q̃_h f_hᵀ   dB_v,h = γ do_h d_hᵀ
//	dz^k_j = Σ_h ds_hj κ_h   dz^v_j = Σ_h a_hj ν_h   dA = Σ_j dz_j (m_j ∘ y_j)ᵀ
//	dy_j = Σ_h (ds_hj W_k,hᵀ q̃_h + a_hj W_v,hᵀ do_h) + m^k ∘ A_kᵀ dz^k_j + m^v ∘ A_vᵀ dz^v_j, and what q passes on
//
// and without a mask, where u and t hold A's part,
//
//	t_h += A_vᵀ ν_h   f_h = A_k e_h   dA_k = Σ_h κ_h e_hᵀ   dA_v = Σ_h ν_h c_hᵀ   dy_j = Σ_h (ds_hj u_h + a_hj t_h)
//
// Shapes: t, e (s·H·N,D), ν, f (s·H·N,r), row (z·H+h)·N+i
func (p *ClassPass) Backward(w Work, dout f32.Matrix, low []LowRank, below bool) (dx, dy f32.Matrix) {
	s := len(low)
	if dout.Rows != s*p.images {
		panic("encoder: not a cotangent for every gradient")
	}
	if below {
		dx, dy = w.matrix(dout.Rows, dout.Cols), w.matrix(s*p.images*p.in.Length, dout.Cols)
	}
	defer w.Memory.Release(w.Memory.Mark())
	dh, do := p.tailPass.backward(w, dout)
	b := &classBack{ClassPass: p, s: s, grads: low, do: do}
	b.ask(w)
	b.look(w, dy)
	dq := b.answer(w)
	dA, dB := pick(low, query)
	p.term.backward(w, dy, dq, dA, dB)
	if below {
		scatter(dy, w.backward(p.block.query, dq), p.leave, p.images*p.in.Length)
		copy(dx.Data, dh.Data)
	}
	return dx, dy
}

// classBack is one backward pass.
type classBack struct {
	*ClassPass
	s           int
	grads       []LowRank
	do          f32.Matrix
	t, nu, e, f f32.Matrix
}

// ask makes t and ν.
func (b *classBack) ask(w Work) {
	n, heads, low := b.images, b.block.heads, &b.in.Low
	d, r := b.block.width/heads, low.A[value].Rows
	b.t, b.nu = w.matrix(b.s*heads*n, b.block.width), w.matrix(b.s*heads*n, r)
	defer w.Memory.Release(w.Memory.Mark())
	scratch, terms := w.matrix(w.workers()*n, d), w.matrix(w.workers()*n, b.block.width)
	w.each(b.s*heads, func(worker, job int) {
		z, h := job/heads, job%heads
		do, t, nu := part(scratch, worker, n), part(b.t, job, n), part(b.nu, job, n)
		columns(do, b.do, z*n, h)
		b.block.values[h].MulT(t, do)
		f32.Mul(nu, do, part(low.B[value], h, d))
		f32.Scale(low.Gamma, nu.Data)
		if b.in.Drop == nil {
			term := part(terms, worker, n)
			f32.Mul(term, nu, low.A[value])
			f32.Axpy(1, term.Data, t.Data)
		}
	})
}

// imagesAtOnce is how many images share a sum of gradients, whatever the number of workers.
const imagesAtOnce = 4

// look makes e and f, dy if it is wanted, and with dropout dA_k and dA_v.
func (b *classBack) look(w Work, dy f32.Matrix) {
	n, heads, low := b.images, b.block.heads, &b.in.Low
	b.e = w.matrix(b.s*heads*n, b.block.width)
	b.f = w.matrix(b.s*heads*n, low.A[key].Rows)
	groups := (n + imagesAtOnce - 1) / imagesAtOnce
	var sums [3]f32.Matrix // of dA_k and dA_v, for every group and cotangent
	if b.in.Drop != nil {
		for _, i := range []int{key, value} {
			sums[i] = w.zeros(groups*b.s*low.A[i].Rows, b.block.width)
		}
	}
	mark := w.Memory.Mark()
	glances := b.glances(w, b.s)
	mine := b.glances(w, 1)
	w.each(groups, func(worker, group int) {
		for i := group * imagesAtOnce; i < min(n, (group+1)*imagesAtOnce); i++ {
			image := lookBack{b, i, glances[worker], mine[worker], part(b.a, i, heads)}
			image.scores()
			image.below(dy)
			if b.in.Drop != nil {
				image.masked(dy, key, sums[key], group)
				image.masked(dy, value, sums[value], group)
			}
			image.sums()
		}
	})
	w.Memory.Release(mark)
	for _, i := range []int{key, value} {
		r := low.A[i].Rows
		for at := 0; b.in.Drop != nil && at < groups*b.s; at++ {
			f32.Axpy(1, part(sums[i], at, r).Data, b.grads[at%b.s].A[i].Data)
		}
	}
}

// answer makes dq̃, and the gradients that are sums over images: dB_k, dB_v, and without dropout dA_k and dA_v.
func (b *classBack) answer(w Work) (dq f32.Matrix) {
	n, heads, low := b.images, b.block.heads, &b.in.Low
	d := b.block.width / heads
	dq = w.matrix(b.s*n, b.block.width)
	scratch := w.matrix(w.workers()*n, 2*d)
	w.each(b.s*heads, func(worker, job int) {
		z, h := job/heads, job%heads
		both := part(scratch, worker, n)
		mine, other := f32.Of(n, d, both.Data[:n*d]), f32.Of(n, d, both.Data[n*d:])
		e, f := part(b.e, job, n), part(b.f, job, n)
		if b.in.Drop == nil {
			f32.MulT(f, e, low.A[key])
		}
		f32.Scale(low.Gamma, f.Data)
		b.block.keysT[h].MulT(mine, e)
		f32.MulT(other, f, part(low.B[key], h, d))
		f32.Axpy(1, other.Data, mine.Data)
		spread(dq, mine, z*n, h)

		columns(mine, b.q, 0, h)
		f32.AddTMul(part(b.grads[z].B[key], h, d), mine, f)
		columns(mine, b.do, z*n, h)
		f32.Scale(low.Gamma, mine.Data)
		f32.AddTMul(part(b.grads[z].B[value], h, d), mine, part(b.d, h, n))
	})
	if b.in.Drop == nil {
		w.each(2*b.s, func(_, job int) {
			if z := job / 2; job%2 == 0 {
				f32.AddTMul(b.grads[z].A[key], b.kappa, part(b.e, z, heads*n))
			} else {
				f32.AddTMul(b.grads[z].A[value], part(b.nu, z, heads*n), b.c)
			}
		})
	}
	return dq
}
