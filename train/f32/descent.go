package f32

// Descent is one step of gradient descent on parameters p with momentum m, both updated in place:
//
//	m ← μ m + g + wd p,  p ← p − η m;   without momentum p ← p − η (g + wd p), and m is empty
type Descent struct{ LR, Momentum, Decay float32 } // η, μ, wd

// Step takes the gradient as it is.
func (d Descent) Step(p, m, g []float32) {
	g = g[:len(p)]
	switch {
	case len(p) == 0:
	case simd != nil && len(m) == 0:
		simd.descend(len(p), d.LR, d.Decay, &g[0], &p[0])
	case simd != nil:
		_ = m[len(p)-1]
		simd.momentum(len(p), d.LR, d.Momentum, d.Decay, &g[0], &m[0], &p[0])
	case len(m) == 0:
		for i, v := range g {
			p[i] -= float32(d.LR * (v + float32(d.Decay*p[i])))
		}
	default:
		for i, v := range g {
			x := float32(d.Momentum*m[i]) + v + float32(d.Decay*p[i])
			m[i] = x
			p[i] -= float32(d.LR * x)
		}
	}
}

// TMul takes the gradient as the product aᵀ·b, with a (n,R), b (n,C) and p, m (R,C), and gives the bits of AddTMul
// and Step. With kernels every tile of the product is used up where it was computed, in the first-level cache: the
// parameters are read and written once, and the gradient never reaches memory.
func (d Descent) TMul(p, m, a, b Matrix) {
	check("Descent.TMul", p, a.Cols, b.Cols, a.Rows == b.Rows)
	if simd == nil || len(p.Data) == 0 || a.Rows == 0 {
		g := New(p.Rows, p.Cols)
		AddTMul(g, a, b)
		d.Step(p.Data, m.Data, g.Data)
		return
	}
	simd.descendAcross(d, p, m, a, b)
}

// descendAcross is TMul with kernels. The product is formed for a band of rows at a time, as many as a tile has, in
// the nearest caches; then every row of the parameters is passed over once, from end to end.
func (s *kernels) descendAcross(d Descent, p, m, a, b Matrix) {
	w := workspaces.Get().(*workspace)
	defer workspaces.Put(w)
	wide := 2 * s.lanes
	packed := s.packColumns(w, b, 0, b.Rows)
	width := (p.Cols + wide - 1) / wide * wide
	band := w.bandOf(s.rows * width)
	s.tiles(p.Rows, func(i, rows int) {
		column := w.column(a, 0, a.Rows, i, rows)
		for j := 0; j < width; j += wide {
			s.product(rows, a.Rows, &column[0], 4, 4*rows, &packed[j*a.Rows], &band[j], 4*width, false, &p.Data[0], 0)
		}
		for r := range rows {
			at := (i + r) * p.Cols
			if len(m.Data) == 0 {
				s.descend(p.Cols, d.LR, d.Decay, &band[r*width], &p.Data[at])
			} else {
				s.momentum(p.Cols, d.LR, d.Momentum, d.Decay, &band[r*width], &m.Data[at], &p.Data[at])
			}
		}
	})
}
