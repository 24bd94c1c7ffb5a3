package f32

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// relative is the worst |got − want|/|want| of f over x.
func relative(x, got []float32, f func(float64) float64) float64 {
	var worst float64
	for i, v := range x {
		want := f(float64(v))
		worst = max(worst, math.Abs(float64(got[i])-want)/math.Abs(want))
	}
	return worst
}

// TestExponentialError holds the stated bound on a fine grid of arguments: 2·10⁻⁷ of the value.
func TestExponentialError(t *testing.T) {
	for _, simd := range available() {
		if simd == nil {
			continue
		}
		const n = 1 << 20
		x, got := make([]float32, n), make([]float32, n)
		for i := range x {
			x[i] = -87 * float32(i) / n
		}
		sum := simd.expSum(n, 0, &x[0], &got[0])
		if worst := relative(x, got, math.Exp); worst > 2e-7 {
			t.Errorf("%s: exp is off by %v", simd.name, worst)
		}
		var want float64
		for _, v := range got {
			want += float64(v)
		}
		if math.Abs(sum-want) > 1e-9*want {
			t.Errorf("%s: the sum is %v, want %v", simd.name, sum, want)
		}
	}
}

// TestTanhError holds the stated bound, 3·10⁻⁷ of the value, on both sides of zero and of the change of formula, and
// at the ends.
func TestTanhError(t *testing.T) {
	everySIMD(t, func(t *testing.T) {
		var x []float32
		for v := float32(1e-30); v < 30; v *= 1.0001 {
			x = append(x, v, -v)
		}
		got := slices.Clone(x)
		Tanh(got)
		if worst := relative(x, got, math.Tanh); worst > 3e-7 {
			t.Errorf("tanh is off by %v", worst)
		}
		ends := []float32{0, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())}
		Tanh(ends)
		if ends[0] != 0 || ends[1] != 1 || ends[2] != -1 || ends[3] == ends[3] {
			t.Errorf("tanh of 0, ±∞, NaN is %v", ends)
		}
	})
}

// TestTempered compares entropy, variance and softmax at a temperature with their definitions.
func TestTempered(t *testing.T) {
	everySIMD(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(7, 8))
		for range 500 {
			n, tau := 1+rng.IntN(70), math.Exp(6*rng.Float64()-3)
			x := random(rng, 1, n).Data
			Scale(float32(math.Exp(5*rng.Float64()-1)), x)
			var z, h, mean, square float64
			for _, v := range x {
				z += math.Exp((float64(v) - float64(slices.Max(x))) / tau)
			}
			p := make([]float64, n)
			for i, v := range x {
				p[i] = math.Exp((float64(v)-float64(slices.Max(x)))/tau) / z
				if p[i] > 0 {
					h -= p[i] * math.Log(p[i])
				}
				mean += p[i] * float64(v)
			}
			for i, v := range x {
				square += p[i] * (float64(v) - mean) * (float64(v) - mean)
			}
			var row Tempered
			row.Set(x)
			got, variance := row.EntropyAt(tau)
			if math.Abs(got-h) > 1e-12*(1+h) || math.Abs(variance-square) > 1e-9*(1+square) {
				t.Fatalf("n = %d, τ = %v: entropy %v, variance %v, want %v, %v", n, tau, got, variance, h, square)
			}
			dst := make([]float64, (n+7)/8*8)
			logSum := row.SoftmaxAt(dst, tau)
			for i := range p {
				fromLog := math.Exp(row.Logits()[i]/tau - logSum)
				if math.Abs(dst[i]-p[i]) > 1e-14+1e-12*p[i] || math.Abs(fromLog-p[i]) > 1e-12 {
					t.Fatalf("n = %d, τ = %v: p[%d] is %v, want %v", n, tau, i, dst[i], p[i])
				}
			}
		}
	})
}

// each vector operation, run on copies of x and y.
var operations = map[string]func(x, y []float32) float64{
	"dot":       func(x, y []float32) float64 { return Dot(x, y) },
	"distance":  func(x, y []float32) float64 { return Distance(x, y) },
	"axpy":      func(x, y []float32) float64 { Axpy(0.7, x, y); return 0 },
	"scale":     func(x, _ []float32) float64 { Scale(-1.3, x); return 0 },
	"times":     func(x, y []float32) float64 { Times(x, y); return 0 },
	"slope":     func(x, y []float32) float64 { TanhSlope(x, y); return 0 },
	"softmax":   func(x, y []float32) float64 { return Softmax(y, x) },
	"tanh":      func(x, _ []float32) float64 { Tanh(x); return 0 },
	"quickGelu": func(x, y []float32) float64 { QuickGelu(x, y); return 0 },
	"gelu":      func(x, y []float32) float64 { Gelu(x, y); return 0 },
	"argmax":    func(x, _ []float32) float64 { return float64(Argmax(x)) },
	"normalize": func(x, y []float32) float64 { return Normalize(y, x) },
	"descend":   func(x, y []float32) float64 { Descent{LR: 0.1, Decay: 0.01}.Step(x, nil, y); return 0 },
	"entropy":   func(x, _ []float32) float64 { return Entropy(x, 0.6) },
}

// TestVectorOperations compares every operation with the plain one, at all lengths around a vector's, and looks
// behind the end. Both instruction sets give the same bits.
func TestVectorOperations(t *testing.T) {
	in := simd
	defer func() { simd = in }()
	rng := rand.New(rand.NewPCG(11, 12))
	for n := 1; n < 70; n++ {
		x, y := guarded(rng, 1, n), guarded(rng, 1, n)
		for i := range n {
			x.Data[i], y.Data[i] = float32(rng.NormFloat64()), float32(rng.NormFloat64())
		}
		for name, f := range operations {
			run := func(k *kernels) (float64, []float32) {
				simd = k
				a, b := slices.Clone(x.Data[:cap(x.Data)]), slices.Clone(y.Data[:cap(y.Data)])
				v := f(a[:n], b[:n])
				for i := n; i < len(a); i++ {
					if a[i] != guard || b[i] != guard {
						t.Fatalf("%s of %d writes past the end", name, n)
					}
				}
				return v, append(a[:n:n], b[:n]...)
			}
			plain, want := run(nil)
			var first []float32
			var value float64
			for _, k := range available() {
				if k == nil {
					continue
				}
				v, got := run(k)
				if math.Abs(v-plain) > 1e-6*(1+math.Abs(plain)) {
					t.Fatalf("%s: %s of %d is %v, plainly %v", k.name, name, n, v, plain)
				}
				for i := range want {
					if math.Abs(float64(got[i]-want[i])) > 1e-6*(1+math.Abs(float64(want[i]))) {
						t.Fatalf("%s: %s of %d: element %d is %v, plainly %v", k.name, name, n, i, got[i], want[i])
					}
				}
				if first == nil {
					first, value = got, v
				} else if v != value || !slices.Equal(first, got) {
					t.Fatalf("%s of %d: the instruction sets give different bits", name, n)
				}
			}
		}
	}
}

// TestNaNStaysVisible: what is not a number must not be hidden by an exponential or a maximum.
func TestNaNStaysVisible(t *testing.T) {
	everySIMD(t, func(t *testing.T) {
		for at := range 37 {
			x := make([]float32, 37)
			x[at] = float32(math.NaN())
			if p := make([]float32, 37); Softmax(p, x) == 0 || Finite(p) {
				t.Errorf("a NaN at %d is lost in softmax", at)
			}
			x[(at+5)%37] = 1
			if Argmax(x) != (at+5)%37 {
				t.Errorf("a NaN at %d changes the largest element", at)
			}
		}
	})
}

// TestDescentOfProducts: the fused step gives the bits of the product and the step.
func TestDescentOfProducts(t *testing.T) {
	everySIMD(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(13, 14))
		for _, s := range [][3]int{{1, 1, 1}, {32, 100, 77}, {5, 14, 32}, {33, 45, 513}, {8, 64, 8}} {
			a, b := random(rng, s[0], s[1]), random(rng, s[0], s[2])
			p, m, d := random(rng, s[1], s[2]), random(rng, s[1], s[2]), Descent{LR: 0.1, Momentum: 0.9, Decay: 0.01}
			for _, momentum := range []bool{true, false} {
				fused, plain, fm, pm := p.Clone(), p.Clone(), m.Clone(), m.Clone()
				if !momentum {
					fm, pm = Matrix{}, Matrix{}
				}
				g := New(s[1], s[2])
				AddTMul(g, a, b)
				d.Step(plain.Data, pm.Data, g.Data)
				d.TMul(fused, fm, a, b)
				if !slices.Equal(fused.Data, plain.Data) || !slices.Equal(fm.Data, pm.Data) {
					t.Errorf("%v, momentum %v: the fused step differs", s, momentum)
				}
			}
		}
	})
}

func TestWeigh(t *testing.T) {
	everySIMD(t, func(t *testing.T) {
		for _, n := range []int{0, 3, 8, 100, 1003} {
			x, sum := random(rand.New(rand.NewPCG(1, uint64(n))), 1, n).Data, make([]float64, n)
			Weigh(0.3, x, sum)
			Weigh(0.7, x, sum)
			for i, v := range x {
				if want := 0.3*float64(v) + 0.7*float64(v); math.Abs(sum[i]-want) > 1e-15 {
					t.Fatalf("sum[%d] of %d is %v, want %v", i, n, sum[i], want)
				}
			}
		}
	})
}

// TestArena: what was handed out is not handed out again before Reset, and later rounds allocate nothing.
func TestArena(t *testing.T) {
	var a Arena
	use := func() {
		x, y, z := a.Matrix(3, 4), a.Zeros(5), a.Float64s(2)
		for i := range x.Data {
			x.Data[i] = 1
		}
		z[0], z[1] = 1, 1
		if Norm(y) != 0 || len(a.Clone(x).Data) != 12 {
			t.Error("memory is handed out twice")
		}
		a.Reset()
	}
	use()
	use()
	if n := testing.AllocsPerRun(10, use); n > 0 {
		t.Errorf("%v allocations after the first use", n)
	}
	for range 2 { // before and after the arena knows its size
		for n := range 70 {
			if v := a.Matrix(1, n+1).Data; len(v) != n+1 || cap(v) != n+1 || uintptr(unsafe.Pointer(&v[0]))%16 != 0 {
				t.Errorf("%d values at %p, with room for %d", len(v), &v[0], cap(v))
			}
		}
		a.Reset()
	}
	var none *Arena
	none.Reset()
	if m := none.Matrix(2, 2); len(m.Data) != 4 || len(none.Float64s(3)) != 3 {
		t.Error("a nil arena must allocate")
	}
}

// TestRelease: what was handed out since a mark is handed out again, and later rounds have room for the most there was.
func TestRelease(t *testing.T) {
	var a Arena
	for round := range 3 {
		kept := a.Matrix(3, 5)
		mark := a.Mark()
		first, double := a.Matrix(40, 10), a.Float64s(7)
		a.Release(mark)
		second, again := a.Matrix(2, 2), a.Float64s(3)
		if round > 0 && (&first.Data[0] != &second.Data[0] || &double[0] != &again[0]) {
			t.Error("memory that was released is not handed out")
		}
		if &kept.Data[0] == &second.Data[0] {
			t.Error("memory from before the mark is handed out")
		}
		a.Reset()
	}
	if n := testing.AllocsPerRun(5, func() {
		a.Matrix(3, 5)
		mark := a.Mark()
		a.Matrix(40, 10)
		a.Release(mark)
		a.Matrix(2, 2)
		a.Reset()
	}); n > 0 {
		t.Errorf("%v allocations in rounds that are known", n)
	}
	var none *Arena
	none.Release(none.Mark())
}
