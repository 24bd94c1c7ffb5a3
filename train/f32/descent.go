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

// TMul takes the gradient as the product aᵀ·b, with a (n,R), b (n,C) and p, m (R,C), and gives the bits of AddTMul and Step. With kernels
// every tile of the product is used up where it was computed, in the first-level cache: the parameters are read and written
// once, and the gradient never reaches memory.
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

// descendAcross is TMul with kernels.
func (s *kernels) descendAcross(d Descent, p, m, a, b Matrix) {
	w := workspaces.Get().(*workspace)
	defer workspaces.Put(w)
	wide := 2 * s.lanes
	packed := s.packColumns(w, b, 0, b.Rows)
	s.tiles(p.Rows, func(i, rows int) {
		for j := 0; j < p.Cols; j += wide {
			s.product(rows, a.Rows, &a.Data[i], 4, 4*a.Cols, &packed[j*a.Rows], &w.tile[0], 4*wide, false)
			cols := min(wide, p.Cols-j)
			for r := range rows {
				at := (i+r)*p.Cols + j
				if len(m.Data) == 0 {
					s.descend(cols, d.LR, d.Decay, &w.tile[r*wide], &p.Data[at])
				} else {
					s.momentum(cols, d.LR, d.Momentum, d.Decay, &w.tile[r*wide], &m.Data[at], &p.Data[at])
				}
			}
		}
	})
}
