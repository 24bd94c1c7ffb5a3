package f32

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// everySIMD runs f with every set of kernels that this machine has, and with none.
func everySIMD(t *testing.T, f func(t *testing.T)) {
	in := simd
	defer func() { simd = in }()
	for _, simd = range available() {
		name := "plain"
		if simd != nil {
			name = simd.name
		}
		t.Run(name, f)
	}
}

// TestProductShapes holds all products against the plain triple loop, on shapes around the edges of tiles and panels.
func TestProductShapes(t *testing.T) {
	everySIMD(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		at := func(m Matrix) func(i, j int) float32 { return func(i, j int) float32 { return m.Data[i*m.Cols+j] } }
		flip := func(f func(i, j int) float32) func(i, j int) float32 {
			return func(i, j int) float32 { return f(j, i) }
		}
		sizes := []int{1, 2, 5, 7, 8, 13, 14, 15, 16, 17, 31, 32, 33, 48, 65, 100}
		for range 300 {
			n, m, k := sizes[rng.IntN(len(sizes))], sizes[rng.IntN(len(sizes))], sizes[rng.IntN(len(sizes))]
			if rng.IntN(20) == 0 {
				k = 0
			}
			a, b, bt := random(rng, n, k), random(rng, k, m), random(rng, m, k)
			dst := guarded(rng, n, m)
			what := fmt.Sprintf("%dx%dx%d", n, m, k)
			MulT(dst, a, bt)
			near(t, "MulT "+what, dst, naive(n, m, k, at(a), flip(at(bt))))
			Mul(dst, a, b)
			near(t, "Mul "+what, dst, naive(n, m, k, at(a), at(b)))
			c, d := random(rng, k, n), random(rng, k, m)
			start := random(rng, n, m)
			copy(dst.Data, start.Data)
			AddTMul(dst, c, d)
			want := naive(n, m, k, flip(at(c)), at(d))
			Axpy(1, start.Data, want.Data)
			near(t, "AddTMul "+what, dst, want)
			for _, v := range dst.Data[n*m : cap(dst.Data)] {
				if v != guard {
					t.Fatalf("%s: wrote past the end", what)
				}
			}
		}
	})
}

const guard = -12345

// guarded returns a matrix with a strip of guard values behind it.
func guarded(rng *rand.Rand, rows, cols int) Matrix {
	data := make([]float32, rows*cols+64)
	for i := range data {
		data[i] = guard
	}
	return Of(rows, cols, data[:rows*cols])
}

// TestKernelsGiveTheSameBits: sums take their terms one by one with fused multiply-adds, whatever the width of a
// vector.
func TestKernelsGiveTheSameBits(t *testing.T) {
	in := simd
	defer func() { simd = in }()
	rng := rand.New(rand.NewPCG(3, 4))
	a, b, w := random(rng, 37, 700), random(rng, 700, 45), random(rng, 45, 700)
	var first [3]Matrix
	for _, simd = range available() {
		if simd == nil {
			continue
		}
		out := [3]Matrix{New(37, 45), New(37, 45), New(700, 700)}
		MulT(out[0], a, w)
		Mul(out[1], a, b)
		AddTMul(out[2], a, random(rand.New(rand.NewPCG(5, 6)), 37, 700))
		if first[0].Data == nil {
			first = out
		}
		for i := range out {
			if !slices.Equal(out[i].Data, first[i].Data) {
				t.Errorf("%s: product %d differs", simd.name, i)
			}
		}
	}
}
