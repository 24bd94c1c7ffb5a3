package peft

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

const batch, dim, classes = 5, 12, 7

func random(rng *rand.Rand, rows, cols int, scale float64) f32.Matrix {
	m := f32.New(rows, cols)
	for i := range m.Data {
		m.Data[i] = float32(rng.NormFloat64() * scale)
	}
	return m
}

func head(rng *rand.Rand) Head {
	text, _ := normalise(random(rng, classes, dim, 1))
	return Head{text, 10}
}

// each runs a test on every entry of the table, at initial weights moved a little so that no tensor is special.
func each(t *testing.T, f func(t *testing.T, m Module, p []float32, x f32.Matrix, rng *rand.Rand)) {
	for _, e := range Modules {
		t.Run(e.Name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(7, 8))
			m, err := New(e.Name, head(rng), Options{Rank: 3, Alpha: 2})
			if err != nil {
				t.Fatal(err)
			}
			p := make([]float32, m.Layout().Size())
			m.Init(p, rng)
			for i := range p {
				p[i] += float32(0.2 * rng.NormFloat64())
			}
			f(t, m, p, random(rng, batch, dim, 3), rng)
		})
	}
}

// TestGradient compares Backward with central differences of ⟨logits, δ⟩ for a random δ of mixed signs.
func TestGradient(t *testing.T) {
	each(t, func(t *testing.T, m Module, p []float32, x f32.Matrix, rng *rand.Rand) {
		delta := random(rng, batch, classes, 1)
		_, cache := m.Forward(p, x)
		grad := make([]float32, len(p))
		m.Backward(grad, p, cache, delta)
		value := func() float64 {
			l, _ := m.Forward(p, x)
			return f32.Dot(l.Data, delta.Data)
		}
		const h = 1.0 / 128
		var worst, size float64
		for i, v := range p {
			p[i] = v + h
			up := value()
			p[i] = v - h
			down := value()
			p[i] = v
			want := (up - down) / (2 * h)
			worst, size = max(worst, math.Abs(want-float64(grad[i]))), max(size, math.Abs(want))
		}
		if worst > 2e-3*size || size == 0 {
			t.Errorf("largest error %.2g of gradients up to %.2g", worst, size)
		}
	})
}

func TestBackwardAddsAndRepeats(t *testing.T) {
	each(t, func(t *testing.T, m Module, p []float32, x f32.Matrix, rng *rand.Rand) {
		delta := random(rng, batch, classes, 1)
		kept := slices.Clone(delta.Data)
		_, cache := m.Forward(p, x)
		once, again := make([]float32, len(p)), make([]float32, len(p))
		m.Backward(once, p, cache, delta)
		m.Backward(again, p, cache, delta)
		if !slices.Equal(once, again) {
			t.Error("a second Backward on one cache differs")
		}
		m.Backward(again, p, cache, delta)
		for i := range once {
			if math.Abs(float64(again[i]-2*once[i])) > 1e-4*(1+math.Abs(float64(once[i]))) {
				t.Fatalf("Backward does not add: %v after twice %v", again[i], once[i])
			}
		}
		if !slices.Equal(kept, delta.Data) {
			t.Error("Backward changed its input")
		}
	})
}

func TestRowsAreIndependent(t *testing.T) {
	each(t, func(t *testing.T, m Module, p []float32, x f32.Matrix, _ *rand.Rand) {
		all, _ := m.Forward(p, x)
		for i := range batch {
			one, _ := m.Forward(p, f32.Of(1, dim, x.Row(i)))
			for c := range classes {
				if math.Abs(float64(one.Data[c]-all.Row(i)[c])) > 1e-4 {
					t.Fatalf("row %d alone gives %v, in a batch %v", i, one.Data, all.Row(i))
				}
			}
		}
	})
}

func TestScaleOfFeaturesAndLayout(t *testing.T) {
	each(t, func(t *testing.T, m Module, p []float32, x f32.Matrix, _ *rand.Rand) {
		at := 0
		for _, tensor := range m.Layout() {
			if tensor.Offset != at || tensor.Name == "" {
				t.Errorf("tensor %+v starts at %d", tensor, at)
			}
			at += tensor.Rows * tensor.Cols
		}
		if at != m.Layout().Size() {
			t.Errorf("size %d, tensors %d", m.Layout().Size(), at)
		}
		zero := f32.New(1, dim) // a zero feature must not make NaN
		l, cache := m.Forward(p, zero)
		grad := make([]float32, len(p))
		m.Backward(grad, p, cache, random(rand.New(rand.NewPCG(1, 1)), 1, classes, 1))
		if !f32.Finite(l.Data) || !f32.Finite(grad) {
			t.Error("a zero feature gives a value that is not finite")
		}
	})
}

func TestLowRankStartsAtZeroShot(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	h := head(rng)
	m, err := New("lora", h, DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	p := make([]float32, m.Layout().Size())
	m.Init(p, rng)
	x := random(rng, batch, dim, 2)
	got, _ := m.Forward(p, x)
	if want := h.ZeroShot(x); !slices.Equal(got.Data, want.Data) {
		t.Errorf("initial logits %v, zero-shot %v", got.Data, want.Data)
	}
}

// The gate's output does not change when a constant is added to b2, so the gradient of b2 sums to zero.
func TestGateIsShiftInvariant(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	m := newGate(head(rng))
	p := make([]float32, m.Layout().Size())
	m.Init(p, rng)
	x := random(rng, batch, dim, 2)
	before, cache := m.Forward(p, x)
	grad := make([]float32, len(p))
	m.Backward(grad, p, cache, random(rng, batch, classes, 1))
	var sum, size float64
	for _, g := range m.b2.Slice(grad) {
		sum += float64(g)
		size += math.Abs(float64(g))
	}
	if math.Abs(sum) > 1e-5*size {
		t.Errorf("gradient of b2 sums to %v of %v", sum, size)
	}
	for i := range m.b2.Slice(p) {
		m.b2.Slice(p)[i] += 3
	}
	after, _ := m.Forward(p, x)
	for i := range before.Data {
		if math.Abs(float64(before.Data[i]-after.Data[i])) > 1e-4 {
			t.Fatalf("logit moved from %v to %v", before.Data[i], after.Data[i])
		}
	}
}

func TestTable(t *testing.T) {
	if !slices.IsSorted(Names()) {
		t.Errorf("table is not in name order: %v", Names())
	}
	if _, err := Find("nope"); fault.KindOf(err) != fault.Usage {
		t.Errorf("unknown module: %v", err)
	}
	if _, err := New("lora", Head{}, Options{Rank: 0, Alpha: 1}); fault.KindOf(err) != fault.Usage {
		t.Errorf("rank 0: %v", err)
	}
	if _, err := New("lora", Head{}, Options{Rank: 1, Alpha: math.NaN()}); fault.KindOf(err) != fault.Usage {
		t.Errorf("alpha NaN: %v", err)
	}
}
