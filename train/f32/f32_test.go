package f32

import (
	"math"
	"math/rand/v2"
	"testing"
)

func random(rng *rand.Rand, rows, cols int) Matrix {
	m := New(rows, cols)
	for i := range m.Data {
		m.Data[i] = float32(rng.NormFloat64())
	}
	return m
}

// naive returns Σ_t a(i,t)·b(t,j) for accessors a and b.
func naive(rows, cols, inner int, a, b func(i, j int) float32) Matrix {
	out := New(rows, cols)
	for i := range rows {
		for j := range cols {
			var s float64
			for t := range inner {
				s += float64(a(i, t)) * float64(b(t, j))
			}
			out.Data[i*cols+j] = float32(s)
		}
	}
	return out
}

func near(t *testing.T, name string, got, want Matrix) {
	t.Helper()
	for i := range want.Data {
		if d := math.Abs(float64(got.Data[i] - want.Data[i])); d > 2e-4 {
			t.Fatalf("%s: element %d is %v, want %v", name, i, got.Data[i], want.Data[i])
		}
	}
}

func TestProducts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	at := func(m Matrix) func(i, j int) float32 { return func(i, j int) float32 { return m.Data[i*m.Cols+j] } }
	flip := func(f func(i, j int) float32) func(i, j int) float32 {
		return func(i, j int) float32 { return f(j, i) }
	}
	for _, s := range [][3]int{{1, 1, 1}, {1, 7, 3}, {5, 1, 9}, {33, 65, 17}, {32, 100, 130}, {3, 4, 0}} {
		n, m, k := s[0], s[1], s[2]
		a, b, bt := random(rng, n, k), random(rng, k, m), random(rng, m, k)
		dst := random(rng, n, m)
		MulT(dst, a, bt)
		near(t, "MulT", dst, naive(n, m, k, at(a), flip(at(bt))))
		Mul(dst, a, b)
		near(t, "Mul", dst, naive(n, m, k, at(a), at(b)))
		c, d := random(rng, k, n), random(rng, k, m)
		start := random(rng, n, m)
		sum := start.Clone()
		AddTMul(sum, c, d)
		want := naive(n, m, k, flip(at(c)), at(d))
		Axpy(1, start.Data, want.Data)
		near(t, "AddTMul", sum, want)
	}
}

func TestRows(t *testing.T) {
	m := Of(2, 3, []float32{1, 2, 3, 4, 5, 6})
	AddRow(m, []float32{10, 20, 30})
	sum := []float32{1, 1, 1}
	AddRowSums(sum, m)
	for i, want := range []float32{26, 48, 70} {
		if sum[i] != want {
			t.Errorf("column %d sums to %v", i, sum[i])
		}
	}
	if m.Top(1).Rows != 1 || m.Row(1)[0] != 14 {
		t.Error("Top or Row")
	}
}

func TestSoftmaxOfExtremes(t *testing.T) {
	for _, x := range [][]float32{{1e4, 0, -1e4}, {-3e38, -3e38}, {0}, {88, 89, 90}} {
		p := make([]float32, len(x))
		Softmax(p, x)
		var sum float64
		for _, v := range p {
			sum += float64(v)
		}
		if math.Abs(sum-1) > 1e-6 || !Finite(p) {
			t.Errorf("softmax(%v) = %v", x, p)
		}
		if h := Entropy(x, 1); h < -1e-12 || h > math.Log(float64(len(x)))+1e-12 {
			t.Errorf("entropy of %v is %v", x, h)
		}
	}
	if h := Entropy([]float32{1, 1, 1, 1}, 0.05); math.Abs(h-math.Log(4)) > 1e-12 {
		t.Errorf("uniform entropy %v", h)
	}
	if l := LogSumExp([]float32{1000, 1000}); math.Abs(l-1000-math.Log(2)) > 1e-9 {
		t.Errorf("log-sum-exp %v", l)
	}
}

func TestVectors(t *testing.T) {
	nan := float32(math.NaN())
	if Finite([]float32{1, nan}) || Finite([]float32{float32(math.Inf(-1))}) ||
		!Finite([]float32{math.MaxFloat32, -math.MaxFloat32}) {
		t.Error("Finite")
	}
	if Argmax([]float32{1, 3, 3}) != 1 || Argmax([]float32{nan, -1}) != 1 {
		t.Error("Argmax")
	}
	z := []float32{0, 0}
	if Normalize(z, z) != 0 || z[0] != 0 {
		t.Error("a zero vector must stay zero")
	}
	x := []float32{3, 4}
	if Normalize(x, x) != 5 || math.Abs(Norm(x)-1) > 1e-7 {
		t.Errorf("normalised to %v", x)
	}
	if d := Distance([]float32{1, 2}, []float32{4, 6}); d != 5 {
		t.Errorf("distance %v", d)
	}
}

func TestShapesPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"MulT":   func() { MulT(New(2, 2), New(2, 3), New(2, 4)) },
		"Mul":    func() { Mul(New(2, 2), New(2, 3), New(2, 2)) },
		"AddRow": func() { AddRow(New(2, 2), make([]float32, 3)) },
		"Of":     func() { Of(2, 2, make([]float32, 3)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s accepted shapes that do not fit", name)
				}
			}()
			f()
		}()
	}
}

func BenchmarkMulT(b *testing.B) { // a batch against a 512×512 weight
	rng := rand.New(rand.NewPCG(1, 2))
	x, w, dst := random(rng, 32, 512), random(rng, 512, 512), New(32, 512)
	b.SetBytes(2 * 32 * 512 * 512) // reads as FLOP/s
	for b.Loop() {
		MulT(dst, x, w)
	}
}

func BenchmarkSoftmax(b *testing.B) {
	x := random(rand.New(rand.NewPCG(1, 2)), 1, 100).Data
	for b.Loop() {
		Softmax(x, x)
	}
}
