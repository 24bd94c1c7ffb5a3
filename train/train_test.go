package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

func random(rng *rand.Rand, rows, cols int, scale float64) f32.Matrix {
	m := f32.New(rows, cols)
	for i := range m.Data {
		m.Data[i] = float32(rng.NormFloat64() * scale)
	}
	return m
}

// TestLossGradients compares every loss's δ with central differences. TKL's temperatures are constants for its
// gradient, so its difference quotient holds them fixed.
func TestLossGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const B, C = 4, 6
	for round := range 5 {
		scale := []float64{0.1, 1, 3, 6, 10}[round]
		l, z, other := random(rng, B, C, scale), random(rng, B, C, scale), random(rng, B, C, 2)
		y := []int32{0, 5, 2, 2}
		frozen := func(m f32.Matrix) float64 { // TKL at the temperatures of l
			var sum float64
			for i := range B {
				target := (entropy(l.Row(i), 1) + entropy(z.Row(i), 1)) / 2
				ps, pt := make([]float64, C), make([]float64, C)
				softmaxAt(ps, m.Row(i), Temperature(tempered(l.Row(i)), target))
				softmaxAt(pt, z.Row(i), Temperature(tempered(z.Row(i)), target))
				for c := range C {
					sum += pt[c] * (math.Log(max(pt[c], clamp)) - math.Log(max(ps[c], clamp)))
				}
			}
			return sum / B
		}
		ofLogits := func(loss func(d, m f32.Matrix) float64) [2]func(m f32.Matrix) float64 {
			return [2]func(m f32.Matrix) float64{
				func(d f32.Matrix) float64 { return loss(d, l) },
				func(m f32.Matrix) float64 { return loss(f32.New(B, C), m) },
			}
		}
		for name, loss := range map[string][2]func(m f32.Matrix) float64{ // the gradient, and the value at other logits
			"CE":          ofLogits(func(d, m f32.Matrix) float64 { return CrossEntropy(d, m, y) }),
			"KL":          ofLogits(func(d, m f32.Matrix) float64 { return KL(d, m, z) }),
			"Fused":       ofLogits(func(d, m f32.Matrix) float64 { return Fused(d, other, m, y, 0.7) }),
			"LSKD":        ofLogits(func(d, m f32.Matrix) float64 { return LSKD(d, m, z) }),
			"adjusted CE": ofLogits(func(d, m f32.Matrix) float64 { return AdjustedCrossEntropy(d, m, y, z.Row(0)) }),
			"TKL":         {func(d f32.Matrix) float64 { return TKL(d, l, z) }, frozen},
		} {
			d := f32.New(B, C)
			at := loss[0](d)
			if v := loss[1](l); math.Abs(v-at) > 1e-6*(1+math.Abs(at)) {
				t.Errorf("%s: value %v, alone %v", name, at, v)
			}
			const h = 1.0 / 256
			for i := range l.Data {
				m := l.Clone()
				m.Data[i] += h
				up := loss[1](m)
				m.Data[i] = l.Data[i] - h
				if want := (up - loss[1](m)) / (2 * h); math.Abs(want-float64(d.Data[i])) > 2e-4 {
					t.Fatalf("%s at scale %v: δ[%d] = %v, difference quotient %v", name, scale, i, d.Data[i], want)
				}
			}
		}
	}
}

func TestCrossEntropyInPlace(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	l := random(rng, 3, 5, 4)
	apart, y := f32.New(3, 5), []int32{1, 0, 4}
	want := CrossEntropy(apart, l, y)
	if got := CrossEntropy(l, l, y); got != want || !slices.Equal(l.Data, apart.Data) {
		t.Error("in place differs")
	}
}

// Logit standardization removes scale and shift exactly, and equal logits, which have no scale, stay finite.
func TestLSKDIgnoresScaleAndShift(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2))
	z := random(rng, 3, 8, 4)
	l, d := z.Clone(), f32.New(3, 8)
	for i := range l.Data {
		l.Data[i] = 3*l.Data[i] + 7
	}
	if v := LSKD(d, l, z); math.Abs(v) > 1e-9 || f32.Norm(d.Data) > 1e-6 {
		t.Errorf("loss %v, gradient %v", v, f32.Norm(d.Data))
	}
	if v := LSKD(d, f32.New(3, 8), z); math.IsNaN(v) || !f32.Finite(d.Data) {
		t.Errorf("equal logits: loss %v", v)
	}
}

// Temperature alignment removes pure scaling: TKL(κ z + const, z) = 0 for κ > 0.
func TestTKLIgnoresScaleAndShift(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	z := random(rng, 8, 10, 3)
	for _, kappa := range []float32{0.3, 0.7, 1, 2} {
		l := z.Clone()
		for i := range l.Data {
			l.Data[i] = kappa*l.Data[i] + 4
		}
		d := f32.New(8, 10)
		if v := TKL(d, l, z); math.Abs(v) > 1e-6 {
			t.Errorf("κ = %v: %v", kappa, v)
		}
		if KL(d, l, z); kappa != 1 && f32.Norm(d.Data) < 1e-3 {
			t.Errorf("κ = %v: the plain loss sees no change either, so this test shows nothing", kappa)
		}
	}
}

func TestTemperatureReachesItsEntropy(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	for range 200 {
		x := random(rng, 1, 12, 0.5+4*rng.Float64()).Data
		target := rng.Float64() * math.Log(12)
		tau := Temperature(tempered(x), target)
		h := entropy(x, tau)
		if math.Abs(h-target) > 1e-4 && tau > tauLow+1e-4 && tau < tauHigh-1e-4 {
			t.Fatalf("entropy %v at τ = %v, wanted %v", h, tau, target)
		}
	}
}

// The answer is the release's: twenty halvings of [0.05, 20], reachable or not.
func TestTemperatureIsBisection(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for i := range 2000 {
		x := random(rng, 1, 2+rng.IntN(60), 30*rng.Float64()).Data
		target := entropy(x, 1) * (0.2 + 1.6*rng.Float64())
		if i%10 == 0 {
			target = 6 * rng.Float64() // often out of reach
		}
		if target < 1e-9 {
			continue // the entropy by its definition has no such digits
		}
		lo, hi := tauLow, float64(tauHigh)
		for range 20 {
			if mid := (lo + hi) / 2; entropy(x, mid) > target {
				hi = mid
			} else {
				lo = mid
			}
		}
		if got, want := Temperature(tempered(x), target), (lo+hi)/2; math.Abs(got-want) > 1e-9 {
			t.Errorf("%d: τ = %v, want %v, for entropy %v", i, got, want, target)
		}
	}
}

func TestPurifyProperties(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	layout := peft.Layout{
		{Name: "a", Rows: 3, Cols: 4}, {Name: "b", Rows: 1, Cols: 5, Offset: 12},
		{Name: "c", Rows: 2, Cols: 2, Offset: 17},
	}
	for range 300 {
		g, a := random(rng, 1, 21, 1).Data, random(rng, 1, 21, 1).Data
		switch rng.IntN(4) {
		case 0:
			clear(layout[1].Slice(a))
		case 1:
			clear(layout[2].Slice(g))
		}
		before := slices.Clone(g)
		s := purify(g, a, layout, 1)
		projected := 0
		for _, tensor := range layout {
			was, gp, ap := tensor.Slice(before), tensor.Slice(g), tensor.Slice(a)
			if d := f32.Dot(gp, ap); d < -1e-6*f32.Norm(gp)*f32.Norm(ap)-1e-12 {
				t.Fatalf("%s still works against a: %v", tensor.Name, d)
			}
			if f32.Dot(was, ap) >= 0 {
				if !slices.Equal(was, gp) {
					t.Fatalf("%s agrees and was changed", tensor.Name)
				}
			} else {
				projected++
			}
			if f32.Norm(gp) > f32.Norm(was)*(1+1e-6) {
				t.Fatalf("%s grew", tensor.Name)
			}
		}
		if s.Projected != projected {
			t.Fatalf("%d tensors projected, reported %d", projected, s.Projected)
		}
		scaled := slices.Clone(a)
		f32.Scale(64, scaled) // a power of two: exact
		again := slices.Clone(before)
		purify(again, scaled, layout, 1)
		if !slices.Equal(again, g) {
			t.Fatal("the scale of a matters")
		}
		off := slices.Clone(before)
		if purify(off, a, layout, 0); !slices.Equal(off, before) {
			t.Fatal("λ = 0 changed g")
		}
	}
	zero := make([]float32, 21)
	if s := purify(zero, zero, layout, 1); s.Tensors != 0 || !math.IsNaN(s.Cosine) || !f32.Finite(zero) {
		t.Errorf("zero gradients: %+v", s)
	}
}

// The values are PyTorch's, from torch.optim.SGD([p], lr=0.1, momentum=0.9, weight_decay=0.01) with gradient 2p.
func TestSGDIsPyTorchs(t *testing.T) {
	p := []float32{1, -2}
	s := SGD{LR: 0.1, Momentum: 0.9, WeightDecay: 0.01}.New(2)
	for _, want := range [][2]float32{{0.799, -1.598}, {0.457501, -0.915002}, {0.058194, -0.116388}} {
		s.Step(p, dense(vector(2), []float32{2 * p[0], 2 * p[1]}))
		for i := range p {
			if math.Abs(float64(p[i]-want[i])) > 1e-5 {
				t.Fatalf("p = %v, want %v", p, want)
			}
		}
	}
	q := []float32{1}
	SGD{LR: 0.5, WeightDecay: 0.5}.New(1).Step(q, dense(vector(1), []float32{1}))
	if q[0] != 0.25 {
		t.Errorf("plain step to %v", q[0])
	}
}

func BenchmarkTKL(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	l, z, d := random(rng, 32, 100, 3), random(rng, 32, 100, 3), f32.New(32, 100)
	for b.Loop() {
		TKL(d, l, z)
	}
}
