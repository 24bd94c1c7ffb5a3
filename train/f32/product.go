package f32

import "sync"

// packFloats bounds the packed part of a product: half a second-level cache.
const packFloats = 1 << 17

// workspace is what one running product needs besides its operands.
type workspace struct {
	packed, band, narrow []float32
	tile                 [16 * 32]float32
}

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// room returns n floats of the workspace.
func (w *workspace) room(n int) []float32 {
	if len(w.packed) < n {
		w.packed = make([]float32, n)
	}
	return w.packed[:n]
}

// bandOf returns n floats more.
func (w *workspace) bandOf(n int) []float32 {
	if len(w.band) < n {
		w.band = make([]float32, n)
	}
	return w.band[:n]
}

// across performs dst = a·opᵀ where element (i,t) of op (m,k) lies at op[i·ro + t·co].
//
// It computes the transposed product op·aᵀ, tile by tile, and turns every tile around as it is stored. So the rows of
// a, mostly a batch, are what is packed and vectorised, while op, mostly a weight matrix and much the larger, is read
// where it lies.
func (s *kernels) across(dst, a Matrix, op []float32, ro, co int) {
	w := workspaces.Get().(*workspace)
	defer workspaces.Put(w)
	k, wide := a.Cols, 2*s.lanes
	panel := wide * k
	block := max(packFloats/panel, 1) * wide // rows of a that are packed at a time
	for top := 0; top < a.Rows; top += block {
		n := min(block, a.Rows-top)
		packed := w.room((n + wide - 1) / wide * panel)
		for j := 0; j < n; j += wide {
			s.packRows(packed[j*k:], a, top+j, min(wide, n-j))
		}
		s.tiles(dst.Cols, func(i, rows int) {
			ahead, step := &op[min((i+rows)*ro, len(op)-1)], 64 // the next tile's rows, which lie one after the other
			if ro == 1 {
				ahead, step = &op[min(i+12*co, len(op)-1)], 4*co
			}
			for j := 0; j < n; j += wide {
				s.product(rows, k, &op[i*ro], 4*ro, 4*co, &packed[j*k], &w.tile[0], 4*wide, false, ahead, step)
				for h := 0; h < wide && j+h < n; h += s.lanes {
					to := &dst.Data[(top+j+h)*dst.Cols+i]
					s.transpose(&w.tile[h], 4*wide, rows, min(s.lanes, n-j-h), to, 4*dst.Cols, rows)
				}
			}
		})
	}
}

// tiles cuts m rows into the fewest tiles, as even as can be: a last short tile would keep fewer sums in flight.
func (s *kernels) tiles(m int, f func(i, rows int)) {
	n := (m + s.rows - 1) / s.rows
	for t, i := 1, 0; t <= n; t++ {
		next := m * t / n
		f(i, next-i)
		i = next
	}
}

// packRows writes n ≤ 2 vectors' worth of rows of a, from row i on, as the columns of a panel; columns from n on are
// zero.
func (s *kernels) packRows(panel []float32, a Matrix, i, n int) {
	wide := 2 * s.lanes
	for h := 0; h < wide; h += s.lanes {
		rows := max(0, min(s.lanes, n-h))
		from := i
		if rows > 0 {
			from = i + h
		}
		for t := 0; t < a.Cols; t += s.lanes {
			cols := min(s.lanes, a.Cols-t)
			s.transpose(&a.Data[from*a.Cols+t], 4*a.Cols, rows, cols, &panel[t*wide+h], 4*wide, s.lanes)
		}
	}
}

// addAcross performs dst += aᵀ·b.
func (s *kernels) addAcross(dst, a, b Matrix) {
	w := workspaces.Get().(*workspace)
	defer workspaces.Put(w)
	wide := 2 * s.lanes
	panels := (b.Cols + wide - 1) / wide
	block := max(packFloats/(panels*wide), 1)
	for top := 0; top < a.Rows; top += block {
		k := min(block, a.Rows-top)
		packed := s.packColumns(w, b, top, k)
		s.tiles(dst.Rows, func(i, rows int) {
			column := w.column(a, top, k, i, rows)
			for j := 0; j < dst.Cols; j += wide {
				c := &dst.Data[i*dst.Cols+j]
				if dst.Cols-j >= wide {
					s.product(rows, k, &column[0], 4, 4*rows, &packed[j*k], c, 4*dst.Cols, true, c, 0)
					continue
				}
				for r := range rows {
					copy(w.tile[r*wide:], dst.Row(i + r)[j:])
				}
				s.product(rows, k, &column[0], 4, 4*rows, &packed[j*k], &w.tile[0], 4*wide, true, c, 0)
				for r := range rows {
					copy(dst.Row(i + r)[j:], w.tile[r*wide:])
				}
			}
		})
	}
}

// packColumns packs all columns of k rows of b, from row top on, into panels.
func (s *kernels) packColumns(w *workspace, b Matrix, top, k int) []float32 {
	wide := 2 * s.lanes
	packed := w.room((b.Cols + wide - 1) / wide * wide * k)
	for t := range k {
		row := b.Row(top + t)
		for j := 0; j < len(row); j += wide {
			out := packed[j*k+t*wide:][:wide]
			clear(out[copy(out, row[j:]):])
		}
	}
	return packed
}

// column packs n columns of k rows of a, from (top, i) on, one row after the other. They would lie too far apart for
// the first-level cache, where powers of two share few places.
func (w *workspace) column(a Matrix, top, k, i, n int) []float32 {
	if len(w.narrow) < k*n {
		w.narrow = make([]float32, k*n)
	}
	for t := range k {
		copy(w.narrow[t*n:(t+1)*n], a.Data[(top+t)*a.Cols+i:])
	}
	return w.narrow
}
