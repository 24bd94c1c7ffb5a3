package f32

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPackedProducts holds products with packed weights against the plain triple loop, and their bits against those
// of the same product in other kernels.
func TestPackedProducts(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	sizes := []int{1, 2, 5, 8, 13, 14, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100}
	for range 100 {
		n, m, k := sizes[rng.IntN(len(sizes))], sizes[rng.IntN(len(sizes))], sizes[rng.IntN(len(sizes))]
		a, w, start := random(rng, n, k), random(rng, m, k), random(rng, n, m)
		want := naive(n, m, k, func(i, j int) float32 { return a.Data[i*k+j] },
			func(i, j int) float32 { return w.Data[j*k+i] })
		wt := New(k, m)
		for i := range m {
			for j := range k {
				wt.Data[j*m+i] = w.Data[i*k+j]
			}
		}
		var first []float32
		everySIMD(t, func(t *testing.T) {
			dst := guarded(rng, n, m)
			what := fmt.Sprintf("%dx%dx%d", n, m, k)
			Pack(w).MulT(dst, a)
			near(t, "Pack "+what, dst, want)
			if simd != nil {
				if first == nil {
					first = slices.Clone(dst.Data)
				}
				if !slices.Equal(first, dst.Data) {
					t.Fatalf("%s: other bits", what)
				}
			}
			PackT(wt).MulT(dst, a)
			near(t, "PackT "+what, dst, want)
			copy(dst.Data, start.Data)
			p := Pack(w)
			for i := p.Panels() - 1; i >= 0; i-- {
				p.Panel(i, dst, a, true)
			}
			Axpy(-1, start.Data, dst.Data)
			near(t, "added "+what, dst, want)
			for _, v := range dst.Data[n*m : cap(dst.Data)] {
				if v != guard {
					t.Fatalf("%s: wrote past the end", what)
				}
			}
		})
	}
}

func BenchmarkPacked(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range [][3]int{
		{324, 512, 512}, {324, 1024, 512}, {324, 2048, 512}, {648, 512, 512}, {648, 512, 1024}, {648, 512, 2048},
		{32, 768, 768}, {32, 3072, 768}, {32, 768, 3072},
	} {
		n, m, k := s[0], s[1], s[2]
		a, w, dst := random(rng, n, k), random(rng, m, k), New(n, m)
		p := Pack(w)
		for name, f := range map[string]func(){
			"Packed": func() { p.MulT(dst, a) },
			"MulT":   func() { MulT(dst, a, w) },
		} {
			b.Run(fmt.Sprintf("%s/%dx%dx%d", name, n, m, k), func(b *testing.B) {
				for b.Loop() {
					f()
				}
				b.ReportMetric(2e-9*float64(n*m*k)*float64(b.N)/b.Elapsed().Seconds(), "GFLOP/s")
			})
		}
	}
}
