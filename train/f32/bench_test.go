package f32

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func BenchmarkProducts(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range [][3]int{
		{32, 512, 512}, {64, 512, 512}, {32, 100, 512}, {512, 512, 512}, {512, 100, 512}, {32, 8, 512}, {32, 512, 8},
	} {
		n, m, k := s[0], s[1], s[2]
		a, w, wt, dst, at := random(rng, n, k), random(rng, m, k), random(rng, k, m), New(n, m), New(m, k)
		y := random(rng, n, m)
		for name, f := range map[string]func(){
			"MulT":    func() { MulT(dst, a, w) },
			"Mul":     func() { Mul(dst, a, wt) },
			"AddTMul": func() { AddTMul(at, y, a) },
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

func BenchmarkDescent(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	p, m, g := random(rng, 512, 512), random(rng, 512, 512), random(rng, 512, 512)
	x, y := random(rng, 32, 512), random(rng, 32, 512)
	d := Descent{1e-9, 0.9, 1e-9}
	b.Run("step", func(b *testing.B) {
		for b.Loop() {
			d.Step(p.Data, m.Data, g.Data)
		}
	})
	b.Run("tmul", func(b *testing.B) {
		for b.Loop() {
			d.TMul(p, m, x, y)
		}
	})
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			d.TMul(p, Matrix{}, x, y)
		}
	})
}
