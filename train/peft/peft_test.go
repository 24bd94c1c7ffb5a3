package peft

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

const batch, dim, classes, width = 5, 12, 7, 15 // width: before the projection

func random(rng *rand.Rand, rows, cols int, scale float64) f32.Matrix {
	m := f32.New(rows, cols)
	for i := range m.Data {
		m.Data[i] = float32(rng.NormFloat64() * scale)
	}
	return m
}

func head(rng *rand.Rand) Head {
	text, _ := normalise(nil, random(rng, classes, dim, 1))
	return Head{Text: text, Scale: 10}
}

// each runs a test on every entry of the table, at initial weights moved a little so that no tensor is special.
func each(t *testing.T, f func(t *testing.T, h Head, m Module, p []float32, x f32.Matrix, rng *rand.Rand)) {
	for _, e := range Modules {
		t.Run(e.Name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(7, 8))
			h := head(rng)
			if e.Name == "projection" {
				h.Projection = random(rng, dim, width, 0.3)
			}
			o := DefaultOptions()
			o.Rank, o.Alpha, o.Hidden = 3, 2, 6
			m, err := New(e.Name, h, o)
			if err != nil {
				t.Fatal(err)
			}
			p := make([]float32, m.Layout().Size())
			m.Init(p, rng)
			for i := range p {
				p[i] += float32(0.2 * rng.NormFloat64())
			}
			x := random(rng, batch, dim, 3)
			if e.Name == "projection" {
				x = random(rng, batch, width, 3)
			}
			f(t, h, m, p, x, rng)
		})
	}
}

// TestGradient compares Backward with central differences of ⟨logits, δ⟩ for a random δ of mixed signs.
func TestGradient(t *testing.T) {
	each(t, func(t *testing.T, _ Head, m Module, p []float32, x f32.Matrix, rng *rand.Rand) {
		delta := random(rng, batch, classes, 1)
		_, cache := m.Forward(nil, p, x)
		grad := make([]float32, len(p))
		m.Backward(nil, grad, p, cache, delta)
		value := func() float64 {
			l, _ := m.Forward(nil, p, x)
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
	each(t, func(t *testing.T, _ Head, m Module, p []float32, x f32.Matrix, rng *rand.Rand) {
		delta := random(rng, batch, classes, 1)
		kept := slices.Clone(delta.Data)
		_, cache := m.Forward(nil, p, x)
		once, again := make([]float32, len(p)), make([]float32, len(p))
		m.Backward(nil, once, p, cache, delta)
		m.Backward(nil, again, p, cache, delta)
		if !slices.Equal(once, again) {
			t.Error("a second Backward on one cache differs")
		}
		m.Backward(nil, again, p, cache, delta)
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
	each(t, func(t *testing.T, _ Head, m Module, p []float32, x f32.Matrix, _ *rand.Rand) {
		all, _ := m.Forward(nil, p, x)
		for i := range batch {
			one, _ := m.Forward(nil, p, f32.Of(1, x.Cols, x.Row(i)))
			for c := range classes {
				if math.Abs(float64(one.Data[c]-all.Row(i)[c])) > 1e-4 {
					t.Fatalf("row %d alone gives %v, in a batch %v", i, one.Data, all.Row(i))
				}
			}
		}
	})
}

func TestScaleOfFeaturesAndLayout(t *testing.T) {
	each(t, func(t *testing.T, _ Head, m Module, p []float32, x f32.Matrix, _ *rand.Rand) {
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
		zero := f32.New(1, x.Cols) // a zero feature must not make NaN
		l, cache := m.Forward(nil, p, zero)
		grad := make([]float32, len(p))
		m.Backward(nil, grad, p, cache, random(rand.New(rand.NewPCG(1, 1)), 1, classes, 1))
		if !f32.Finite(l.Data) || !f32.Finite(grad) {
			t.Error("a zero feature gives a value that is not finite")
		}
	})
}

// At its anchor every module is the zero-shot classifier; all but the gate and the residual adapter start there.
func TestAnchorIsZeroShot(t *testing.T) {
	each(t, func(t *testing.T, h Head, m Module, p []float32, x f32.Matrix, rng *rand.Rand) {
		want := h.ZeroShot(nil, x)
		differs := func() (worst float64) {
			got, _ := m.Forward(nil, p, x)
			for i := range want.Data {
				worst = max(worst, math.Abs(float64(got.Data[i]-want.Data[i])))
			}
			return worst
		}
		if d := differs(); d < 1e-2 {
			t.Errorf("parameters that were moved give zero-shot logits, within %v", d)
		}
		m.Anchor(p)
		if d := differs(); d > 1e-5 {
			t.Errorf("at the anchor, logits differ from zero-shot by %v", d)
		}
		m.Init(p, rng)
		_, isGate := m.(gate)
		_, isResidual := m.(residual)
		if d := differs(); d > 1e-5 && !isGate && !isResidual {
			t.Errorf("initial logits differ from zero-shot by %v", d)
		}
	})
}

// Dropout changes logits and gradients by its mask alone: the gradient is right for the mask that was drawn, the mask
// keeps the mean, and without training there is none.
func TestDropout(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	o := DefaultOptions()
	o.Dropout = 0.25
	m, err := New("lora", head(rng), o)
	if err != nil {
		t.Fatal(err)
	}
	d := m.(Dropper)
	p := make([]float32, m.Layout().Size())
	for i := range p {
		p[i] = float32(0.2 * rng.NormFloat64())
	}
	x, delta := random(rng, batch, dim, 1), random(rng, batch, classes, 1)
	forward := func() (f32.Matrix, Cache) { return d.ForwardDropout(nil, p, x, rand.New(rand.NewPCG(1, 2)), nil) }
	_, cache := forward()
	grad := make([]float32, len(p))
	m.Backward(nil, grad, p, cache, delta)
	for i, v := range p {
		const h = 1.0 / 128
		p[i] = v + h
		up, _ := forward()
		p[i] = v - h
		down, _ := forward()
		p[i] = v
		want := (f32.Dot(up.Data, delta.Data) - f32.Dot(down.Data, delta.Data)) / (2 * h)
		if math.Abs(want-float64(grad[i])) > 2e-2*(1+math.Abs(want)) {
			t.Fatalf("gradient %d is %v, differences give %v", i, grad[i], want)
		}
	}
	plain, _ := m.Forward(nil, p, x)
	if dropped, _ := forward(); slices.Equal(plain.Data, dropped.Data) || !d.Drops() {
		t.Error("dropout does nothing")
	}
	var kept, n float64
	for range 400 {
		d.ForwardDropout(nil, p, x, rng, func(mask f32.Matrix) {
			for _, v := range mask.Data {
				if v != 0 && v != float32(1/0.75) {
					t.Fatalf("factor %v", v)
				}
				kept += float64(v)
				n++
			}
		})
	}
	if math.Abs(kept/n-1) > 0.02 {
		t.Errorf("mean factor %v", kept/n)
	}
}

// γ = α/r, or α/√r.
func TestRankStable(t *testing.T) {
	o := Options{Rank: 4, Alpha: 16}
	if o.gamma() != 4 {
		t.Errorf("γ = %v", o.gamma())
	}
	if o.RankStable = true; o.gamma() != 8 {
		t.Errorf("rank-stable γ = %v", o.gamma())
	}
}

// The gate's output does not change when a constant is added to b2, so the gradient of b2 sums to zero.
func TestGateIsShiftInvariant(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	m := newGate(head(rng))
	p := make([]float32, m.Layout().Size())
	m.Init(p, rng)
	x := random(rng, batch, dim, 2)
	before, cache := m.Forward(nil, p, x)
	grad := make([]float32, len(p))
	m.Backward(nil, grad, p, cache, random(rng, batch, classes, 1))
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
	after, _ := m.Forward(nil, p, x)
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
	for name, spoil := range map[string]func(*Options){
		"rank":    func(o *Options) { o.Rank = 0 },
		"alpha":   func(o *Options) { o.Alpha = math.NaN() },
		"dropout": func(o *Options) { o.Dropout = 1 },
		"hidden":  func(o *Options) { o.Hidden = 0 },
		"rho":     func(o *Options) { o.Rho = -0.1 },
	} {
		o := DefaultOptions()
		spoil(&o)
		if _, err := New("lora", Head{}, o); fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New("projection", Head{}, DefaultOptions()); fault.KindOf(err) != fault.Usage {
		t.Errorf("projection without a projection: %v", err)
	}
}
