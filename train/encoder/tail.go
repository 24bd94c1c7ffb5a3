package encoder

import "github.com/fedpurel/fedpurel/train/f32"

// tail is the part of a block behind its attention:
//
//	h = x + W_o o + b_o,   x' = h + W₂ act(W₁ LN₂ h + b₁) + b₂
//
// LN₂'s gain and shift are part of W₁ and b₁.
type tail struct {
	act           Activation
	eps           float64
	out, up, down linear
}

func newTail(w Weights, act Activation) tail {
	return tail{act, w.Norm2.Eps, newLinear(w.Out), newLinear(w.Up.after(w.Norm2)), newLinear(w.Down)}
}

// tailPass keeps x̂₂ (k,D) and act' (k,M).
type tailPass struct {
	Out    f32.Matrix // x' (k,D)
	tail   *tail
	second normed
	slope  f32.Matrix
}

// forward takes attention's output o (k,D), which it uses up, and the k of the rows of x that leave.
func (t *tail) forward(w Work, o, x f32.Matrix, leave []int) tailPass {
	p := tailPass{Out: w.matrix(o.Rows, o.Cols), tail: t}

	// h = x + W_o o + b_o
	w.multiply(product{dst: p.Out, a: o, weight: t.out.forth, bias: t.out.bias})
	w.rows(o.Rows, func(r int) { f32.Axpy(1, x.Row(at(leave, r)), p.Out.Row(r)) })

	// x' = h + W₂ act(W₁ x̂₂ + b₁) + b₂
	p.second = w.normalise(o, p.Out, t.eps)
	p.slope = w.matrix(o.Rows, t.up.forth.Rows)
	defer w.Memory.Release(w.Memory.Mark())
	u := w.forward(t.up, p.second.unit)
	w.rows(u.Rows, func(r int) {
		t.act.apply(u.Row(r), p.slope.Row(r))
		if t.down.bias != nil {
			f32.Axpy(1, t.down.bias, p.Out.Row(r))
		}
	})
	w.multiply(product{dst: p.Out, a: u, weight: t.down.forth, add: true})
	return p
}

// backward returns dh = ∂L/∂h, which is ∂L/∂x by the shortest way, and do = ∂L/∂o, for dout = ∂L/∂x' stacked.
func (p *tailPass) backward(w Work, dout f32.Matrix) (dh, do f32.Matrix) {
	// du = (dx' W₂) ∘ act'
	du := w.backward(p.tail.down, dout)
	w.rows(du.Rows, func(r int) { f32.Times(p.slope.Row(r%p.slope.Rows), du.Row(r)) })

	// dh = dx' + ∂LN₂(du W₁)
	dh = w.backward(p.tail.up, du)
	p.second.back(w, dh)
	w.rows(dh.Rows, func(r int) { f32.Axpy(1, dout.Row(r), dh.Row(r)) })

	// do = dh W_o
	return dh, w.backward(p.tail.out, dh)
}
