package train

import "github.com/fedpurel/fedpurel/train/f32"

// rowGrams appends what gram returns for every row of tensor i: ⟨g_c,a_c⟩, ‖g_c‖² and ‖a_c‖².
//
// For products G = Dᵀ H and A = Eᵀ H, row c of G is Σ_i D_ic H_i, and ⟨G_c,A_c⟩ = Σ_i (D ∘ (H Hᵀ) E)_ic.
func (g *Gradient) rowGrams(parts []part, a *Gradient, i int) []part {
	from, t := len(parts), g.Layout[i]
	parts = append(parts, make([]part, t.Rows)...)
	rows := parts[from:]
	if !g.product(i) || !a.product(i) {
		x, y := f32.Of(t.Rows, t.Cols, g.tensor(i)), f32.Of(t.Rows, t.Cols, a.tensor(i))
		for c := range rows {
			gc, ac := x.Row(c), y.Row(c)
			rows[c] = part{f32.Dot(gc, ac), f32.Dot(gc, gc), f32.Dot(ac, ac)}
		}
		return parts
	}
	d, e, h := g.factors[i].D, a.factors[i].D, g.factors[i].H
	hh, he := g.batch.Matrix(h.Rows, h.Rows), g.batch.Matrix(d.Rows, d.Cols)
	f32.MulT(hh, h, h)
	f32.Mul(he, hh, e)
	for b := range d.Rows {
		for c, v := range he.Row(b) {
			rows[c].ga += float64(d.Row(b)[c]) * float64(v)
			rows[c].aa += float64(e.Row(b)[c]) * float64(v)
		}
	}
	f32.Mul(he, hh, d)
	for b := range d.Rows {
		for c, v := range he.Row(b) {
			rows[c].gg += float64(d.Row(b)[c]) * float64(v)
		}
	}
	for c := range rows { // sums of what may cancel
		rows[c].gg, rows[c].aa = max(rows[c].gg, 0), max(rows[c].aa, 0)
	}
	return parts
}

// subtractRows performs g_c −= k_c a_c on the rows of tensor i.
func (g *Gradient) subtractRows(k []float64, a *Gradient, i int) {
	if g.product(i) && a.product(i) {
		d, e := g.factors[i].D, a.factors[i].D
		for b := range d.Rows {
			to, from := d.Row(b), e.Row(b)
			for c := range to {
				to[c] -= float32(k[c]) * from[c]
			}
		}
		return
	}
	t := g.Layout[i]
	x, y := f32.Of(t.Rows, t.Cols, g.tensor(i)), f32.Of(t.Rows, t.Cols, a.tensor(i))
	for c, kc := range k {
		if kc != 0 {
			f32.Axpy(-float32(kc), y.Row(c), x.Row(c))
		}
	}
}
