package f32

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkColdWeights cycles through weights that together exceed the second-level cache, as training does.
func BenchmarkColdWeights(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	x, dst := random(rng, 32, 512), New(32, 512)
	var w []Matrix
	for range 6 {
		w = append(w, random(rng, 512, 512))
	}
	for name, f := range map[string]func(i int){
		"MulT": func(i int) { MulT(dst, x, w[i%6]) },
		"Mul":  func(i int) { Mul(dst, x, w[i%6]) },
	} {
		b.Run(name, func(b *testing.B) {
			i := 0
			for b.Loop() {
				f(i)
				i++
			}
			b.ReportMetric(2e-9*32*512*512*float64(b.N)/b.Elapsed().Seconds(), "GFLOP/s")
		})
	}
}
