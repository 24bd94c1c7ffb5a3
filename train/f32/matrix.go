package f32

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// Matrix is a row-major matrix: element (i,j) is Data[i*Cols+j].
type Matrix struct {
	Rows, Cols int
	Data       []float32
}

// New returns a zero matrix.
func New(rows, cols int) Matrix { return Matrix{rows, cols, make([]float32, rows*cols)} }

// Of returns a matrix over data, which it shares.
func Of(rows, cols int, data []float32) Matrix {
	if len(data) != rows*cols {
		panic(fmt.Sprintf("f32: %d values for a %d×%d matrix", len(data), rows, cols))
	}
	return Matrix{rows, cols, data}
}

// Row returns row i, sharing storage.
func (m Matrix) Row(i int) []float32 { return m.Data[i*m.Cols : (i+1)*m.Cols : (i+1)*m.Cols] }

// Top returns the first n rows, sharing storage.
func (m Matrix) Top(n int) Matrix { return Matrix{n, m.Cols, m.Data[:n*m.Cols]} }

// Clone returns a copy.
func (m Matrix) Clone() Matrix { return Matrix{m.Rows, m.Cols, append([]float32{}, m.Data...)} }

func (m Matrix) general() blas32.General {
	return blas32.General{Rows: m.Rows, Cols: m.Cols, Stride: max(m.Cols, 1), Data: m.Data}
}

// MulT performs dst = a·bᵀ, with a (n,k), b (m,k), dst (n,m).
func MulT(dst, a, b Matrix) {
	check("MulT", dst, a.Rows, b.Rows, a.Cols == b.Cols)
	if a.Cols == 0 {
		clear(dst.Data)
	} else if len(dst.Data) == 0 {
		return
	} else if simd != nil {
		simd.across(dst, a, b.Data, b.Cols, 1)
	} else {
		blas32.Gemm(blas.NoTrans, blas.Trans, 1, a.general(), b.general(), 0, dst.general())
	}
}

// Mul performs dst = a·b, with a (n,k), b (k,m), dst (n,m).
func Mul(dst, a, b Matrix) {
	check("Mul", dst, a.Rows, b.Cols, a.Cols == b.Rows)
	if a.Cols == 0 {
		clear(dst.Data)
	} else if len(dst.Data) == 0 {
		return
	} else if simd != nil {
		simd.across(dst, a, b.Data, 1, b.Cols)
	} else {
		blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, a.general(), b.general(), 0, dst.general())
	}
}

// AddTMul performs dst += aᵀ·b, with a (n,m), b (n,k), dst (m,k).
func AddTMul(dst, a, b Matrix) {
	check("AddTMul", dst, a.Cols, b.Cols, a.Rows == b.Rows)
	if len(dst.Data) == 0 || a.Rows == 0 {
		return
	}
	if simd != nil {
		simd.addAcross(dst, a, b)
	} else {
		blas32.Gemm(blas.Trans, blas.NoTrans, 1, a.general(), b.general(), 1, dst.general())
	}
}

// AddRow adds v to every row of m.
func AddRow(m Matrix, v []float32) {
	check("AddRow", m, m.Rows, len(v), true)
	for i := range m.Rows {
		Axpy(1, v, m.Row(i))
	}
}

// AddRowSums performs dst += Σ_i a_i over the rows of a.
func AddRowSums(dst []float32, a Matrix) {
	check("AddRowSums", a, a.Rows, len(dst), true)
	for i := range a.Rows {
		Axpy(1, a.Row(i), dst)
	}
}

func check(op string, dst Matrix, rows, cols int, inner bool) {
	if dst.Rows != rows || dst.Cols != cols || !inner {
		panic(fmt.Sprintf("f32: %s: shapes do not fit a %d×%d result", op, dst.Rows, dst.Cols))
	}
}
