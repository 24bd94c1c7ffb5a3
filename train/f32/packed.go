package f32

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// Packed is a matrix W (m,k) that is laid out once for many products a·Wᵀ with it: in panels of rows, in the order in
// which a product's inner loop reads them. A frozen weight is read anew in every step, and its panels stream.
//
// A product is done panel by panel, and who has several workers divides the panels among them. An element's sum takes
// its terms in order of k, whoever computes it: the division does not change a bit.
type Packed struct {
	Rows, Cols int
	simd       *kernels
	data       []float32
}

// plainPanel is the number of rows of a panel for gonum's products.
const plainPanel = 64

// wide is the number of rows of a panel.
func (p Packed) wide() int {
	if p.simd == nil {
		return plainPanel
	}
	return 2 * p.simd.lanes
}

// Panels is the number of panels.
func (p Packed) Panels() int { return (p.Rows + p.wide() - 1) / p.wide() }

// Columns are those of the product that panel i gives: from inclusive, to exclusive.
func (p Packed) Columns(i int) (from, to int) { return i * p.wide(), min((i+1)*p.wide(), p.Rows) }

// Pack lays out w, which may change afterwards.
func Pack(w Matrix) Packed {
	p := Packed{w.Rows, w.Cols, simd, nil}
	if simd == nil {
		p.data = w.Clone().Data
		return p
	}
	wide := p.wide()
	p.data = make([]float32, p.Panels()*wide*p.Cols)
	for i := 0; i < w.Rows; i += wide {
		simd.packRows(p.data[i*p.Cols:], w, i, min(wide, w.Rows-i))
	}
	return p
}

// PackT lays out wᵀ.
func PackT(w Matrix) Packed {
	p := Packed{w.Cols, w.Rows, simd, nil}
	if simd == nil {
		p.data = make([]float32, len(w.Data))
		for i := range w.Rows {
			for j, v := range w.Row(i) {
				p.data[j*w.Rows+i] = v
			}
		}
		return p
	}
	wide := p.wide()
	p.data = make([]float32, p.Panels()*wide*p.Cols)
	for t := range w.Rows {
		row := w.Row(t)
		for j := 0; j < len(row); j += wide {
			copy(p.data[j*p.Cols+t*wide:][:wide], row[j:])
		}
	}
	return p
}

// MulT performs dst = a·Wᵀ, with a (n,k), dst (n,m).
func (p Packed) MulT(dst, a Matrix) {
	for i := range p.Panels() {
		p.Panel(i, dst, a, false)
	}
}

// Panel performs the part of dst = a·Wᵀ, or of dst += a·Wᵀ, that panel i gives: some columns of dst.
func (p Packed) Panel(i int, dst, a Matrix, add bool) {
	check("Panel", dst, a.Rows, p.Rows, a.Cols == p.Cols)
	from, to := p.Columns(i)
	cols := to - from
	switch {
	case a.Rows == 0:
	case p.Cols == 0:
		for r := range dst.Rows {
			if !add {
				clear(dst.Row(r)[from:][:cols])
			}
		}
	case p.simd != nil:
		p.simd.panel(dst, a, p.data[from*p.Cols:], from, cols, add)
	default:
		beta := float32(0)
		if add {
			beta = 1
		}
		part := blas32.General{Rows: dst.Rows, Cols: cols, Stride: dst.Cols, Data: dst.Data[from:]}
		blas32.Gemm(blas.NoTrans, blas.Trans, 1, a.general(),
			Of(cols, p.Cols, p.data[from*p.Cols:][:cols*p.Cols]).general(), beta, part)
	}
}

// panel performs the product with one panel, to the columns of dst from that one on. Tiles are stored as they come:
// rows of a are broadcast, and the panel is what is vectorised.
func (s *kernels) panel(dst, a Matrix, panel []float32, from, cols int, add bool) {
	k, wide := a.Cols, 2*s.lanes
	next, line := wide*k, 16 // the panel that follows is fetched while this one is used, a line for every term
	ahead := func() (*float32, int) {
		if next >= len(panel) {
			return &panel[0], 0
		}
		next += k * line
		return &panel[next-k*line], 4 * line
	}
	if cols == wide {
		s.tiles(a.Rows, func(r, rows int) {
			to, step := ahead()
			s.product(rows, k, &a.Data[r*k], 4*k, 4, &panel[0], &dst.Data[r*dst.Cols+from], 4*dst.Cols, add, to, step)
		})
		return
	}
	w := workspaces.Get().(*workspace)
	defer workspaces.Put(w)
	s.tiles(a.Rows, func(r, rows int) {
		for i := range rows {
			copy(w.tile[i*wide:], dst.Row(r + i)[from:])
		}
		s.product(rows, k, &a.Data[r*k], 4*k, 4, &panel[0], &w.tile[0], 4*wide, add, &panel[0], 0)
		for i := range rows {
			copy(dst.Row(r + i)[from:], w.tile[i*wide:][:cols])
		}
	})
}
