package encoder

import (
	"math"

	"github.com/fedpurel/fedpurel/train/f32"
)

// normed is x̂ = (x − μ)/√(σ² + ε) of every row, with what its gradient needs. Gain and shift belong to the linear map
// that follows.
//
// Shapes: x, x̂ (n,D), inverse (n)
type normed struct {
	unit    f32.Matrix
	inverse []float64 // 1/√(σ² + ε)
	ones    []float32
}

// normalise sets dst to x̂. Mean and variance are taken in float64, in two passes: activations of transformers have
// outliers.
func (w Work) normalise(dst, x f32.Matrix, eps float64) normed {
	width := float64(x.Cols)
	n := normed{dst, w.Memory.Float64s(x.Rows), w.matrix(1, x.Cols).Data}
	for i := range n.ones {
		n.ones[i] = 1
	}
	w.rows(x.Rows, func(r int) {
		row := n.unit.Row(r)
		copy(row, x.Row(r))
		f32.Axpy(float32(-f32.Dot(row, n.ones)/width), n.ones, row)
		n.inverse[r] = 1 / math.Sqrt(f32.Dot(row, row)/width+eps)
		f32.Scale(float32(n.inverse[r]), row)
	})
	return n
}

// back turns g = ∂L/∂x̂ into ∂L/∂x, for several cotangents stacked, in place:
//
//	dx = (g − mean g − x̂ mean(g ∘ x̂)) / √(σ² + ε)
func (n normed) back(w Work, g f32.Matrix) {
	width := float64(g.Cols)
	w.rows(g.Rows, func(i int) {
		r, row := i%n.unit.Rows, g.Row(i)
		mean, along := f32.Dot(row, n.ones)/width, f32.Dot(row, n.unit.Row(r))/width
		f32.Axpy(float32(-mean), n.ones, row)
		f32.Axpy(float32(-along), n.unit.Row(r), row)
		f32.Scale(float32(n.inverse[r]), row)
	})
}

// on performs y = γ ∘ x̂ + β; without a gain, y is x̂ itself.
func (n Norm) on(w Work, unit f32.Matrix) f32.Matrix {
	if n.Gain == nil {
		return unit
	}
	y := w.matrix(unit.Rows, unit.Cols)
	w.rows(y.Rows, func(r int) {
		copy(y.Row(r), unit.Row(r))
		f32.Times(n.Gain, y.Row(r))
		f32.Axpy(1, n.Shift, y.Row(r))
	})
	return y
}

// back turns ∂L/∂y into ∂L/∂x̂ in place.
func (n Norm) back(w Work, g f32.Matrix) {
	if n.Gain != nil {
		w.rows(g.Rows, func(r int) { f32.Times(n.Gain, g.Row(r)) })
	}
}
