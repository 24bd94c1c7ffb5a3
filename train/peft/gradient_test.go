package peft

import (
	"math"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// differences compares a gradient at p, of which value is a function, with central differences. It says how large the
// latter are.
func differences(t *testing.T, grad, p []float32, value func() float64) (size float64) {
	t.Helper()
	const h = 1.0 / 128
	var worst float64
	for i, v := range p {
		p[i] = v + h
		up := value()
		p[i] = v - h
		down := value()
		p[i] = v
		want := (up - down) / (2 * h)
		worst, size = max(worst, math.Abs(want-float64(grad[i]))), max(size, math.Abs(want))
	}
	if worst > 2e-3*size {
		t.Errorf("largest error %.2g of gradients up to %.2g", worst, size)
	}
	return size
}

// TestGradient compares Backward with differences of ⟨logits, δ⟩.
func TestGradient(t *testing.T) {
	each(t, func(t *testing.T, s sample) {
		grad := make([]float32, len(s.p))
		s.run().Backward(nil, grad, s.delta)
		value := func() float64 { return f32.Dot(s.run().Logits().Data, s.delta.Data) }
		if differences(t, grad, s.p, value) == 0 {
			t.Error("the gradient is zero")
		}
	})
}

// TestGradientOfFeature compares BackFeature with differences of ⟨ẑ, q⟩, of which a trainable head is no part.
func TestGradientOfFeature(t *testing.T) {
	each(t, func(t *testing.T, s sample) {
		run, is := s.run().(Featured)
		if !is {
			t.Skip("moves texts, not features")
		}
		z := run.Feature()
		for i := range batch {
			if math.Abs(f32.Norm(z.Row(i))-1) > 1e-6 {
				t.Errorf("feature %d has length %v", i, f32.Norm(z.Row(i)))
			}
		}
		body := s.module.Layout()
		if h, is := s.module.(Headed); is {
			body = body.Minus(h.Head())
		}
		q, grad := random(s.rng, batch, dim, 1), make([]float32, len(s.p))
		kept, feature := q.Clone(), z.Clone()
		run.BackFeature(nil, grad, q)
		value := func() float64 { return f32.Dot(s.run().(Featured).Feature().Data, q.Data) }
		if size := differences(t, grad, s.p, value); (size > 0) != (len(body) > 0) {
			t.Errorf("gradients up to %v of a body with %d tensors", size, len(body))
		}
		if !slices.Equal(q.Data, kept.Data) || !slices.Equal(run.Feature().Data, feature.Data) {
			t.Error("BackFeature changed its input or the feature")
		}
		again := make([]float32, len(s.p))
		run.BackFeature(nil, again, q)
		adds(t, grad, again, func() { run.BackFeature(nil, again, q) })
	})
}

// adds fails unless a gradient came out equal the second time, and back adds another one to it.
func adds(t *testing.T, once, again []float32, back func()) {
	t.Helper()
	if !slices.Equal(once, again) {
		t.Error("the second time on one run, the gradient differs")
	}
	back()
	for i, g := range once {
		if math.Abs(float64(again[i]-2*g)) > 1e-4*(1+math.Abs(float64(g))) {
			t.Fatalf("the gradient is not added: %v after twice %v", again[i], g)
		}
	}
}

func TestBackwardAddsAndRepeats(t *testing.T) {
	each(t, func(t *testing.T, s sample) {
		kept, run := s.delta.Clone(), s.run()
		logits := run.Logits().Clone()
		once, other, again := make([]float32, len(s.p)), make([]float32, len(s.p)), make([]float32, len(s.p))
		run.Backward(nil, once, s.delta)
		run.Backward(nil, other, random(s.rng, batch, classes, 1))
		run.Backward(nil, again, s.delta)
		if slices.Equal(once, other) {
			t.Error("the gradient does not depend on ∂L/∂ℓ")
		}
		adds(t, once, again, func() { run.Backward(nil, again, s.delta) })
		if !slices.Equal(kept.Data, s.delta.Data) || !slices.Equal(logits.Data, run.Logits().Data) {
			t.Error("Backward changed its input or the logits")
		}
	})
}

// A run stands by itself: what the bound module computes after it, in the same arena, does not disturb it.
func TestRunsAreIndependent(t *testing.T) {
	each(t, func(t *testing.T, s sample) {
		alone := s.run()
		want := make([]float32, len(s.p))
		alone.Backward(nil, want, s.delta)

		m := new(f32.Arena)
		for range 2 { // at first the arena allocates, then it hands out what it has
			m.Reset()
			bound := s.module.At(m, s.p)
			run := bound.Forward(m, s.x, nil)
			later := bound.Forward(m, random(s.rng, batch+1, s.x.Cols, 3), nil)
			later.Backward(m, make([]float32, len(s.p)), random(s.rng, batch+1, classes, 1))
			grad := make([]float32, len(s.p))
			run.Backward(m, grad, s.delta)
			if !same(run.Logits().Data, alone.Logits().Data) || !same(grad, want) {
				t.Error("another run of the bound module changes this one")
			}
		}
	})
}

// TestFactors: products of every tensor in the order of the layout, appended, that multiply out to Backward.
func TestFactors(t *testing.T) {
	each(t, func(t *testing.T, s sample) {
		run, is := s.run().(Factored)
		if !is {
			t.Skip("has no factors")
		}
		want, got, kept := make([]float32, len(s.p)), make([]float32, len(s.p)), s.delta.Clone()
		run.Backward(nil, want, s.delta)
		before := Factor{Tensor: Tensor{Name: "before"}}
		factors := run.Factors([]Factor{before}, nil, s.delta)
		if factors[0].Tensor != before.Tensor {
			t.Error("Factors does not append")
		}
		if !slices.Equal(s.delta.Data, kept.Data) {
			t.Error("Factors changed its input")
		}
		var tensors Layout
		for _, f := range factors[1:] {
			tensors = append(tensors, f.Tensor)
			f.AddTo(got)
		}
		if l := s.module.Layout(); !slices.Equal(tensors, l) {
			t.Errorf("factors of %v, not of %v", tensors, l)
		}
		if !slices.Equal(got, want) {
			t.Error("factors multiply out to another gradient")
		}
	})
}

func TestZeroFeaturesStayFinite(t *testing.T) {
	each(t, func(t *testing.T, s sample) {
		run := s.module.At(nil, s.p).Forward(nil, f32.New(batch, s.x.Cols), nil)
		grad := make([]float32, len(s.p))
		run.Backward(nil, grad, s.delta)
		if f, is := run.(Featured); is {
			f.BackFeature(nil, grad, random(s.rng, batch, dim, 1))
		}
		if !f32.Finite(run.Logits().Data) || !f32.Finite(grad) {
			t.Error("a zero feature gives a value that is not finite")
		}
	})
}

// The gate's output does not change when a constant is added to b2, so the gradient of b2 sums to zero.
func TestGateIsShiftInvariant(t *testing.T) {
	e, err := Find("gate")
	if err != nil {
		t.Fatal(err)
	}
	s := newSample(t, e, 0)
	b2, before, grad := s.module.Layout().Only("b2")[0], s.run(), make([]float32, len(s.p))
	before.Backward(nil, grad, s.delta)
	var sum, size float64
	for _, g := range b2.Slice(grad) {
		sum += float64(g)
		size += math.Abs(float64(g))
	}
	if math.Abs(sum) > 1e-5*size {
		t.Errorf("gradient of b2 sums to %v of %v", sum, size)
	}
	for i := range b2.Slice(s.p) {
		b2.Slice(s.p)[i] += 3
	}
	if d := apart(before.Logits(), s.run().Logits()); d > 1e-4 {
		t.Fatalf("a logit moved by %v", d)
	}
}
