package peft

import (
	"math"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// interpret computes the last value of a formula in float64.
func interpret(f *Formula, x f32.Matrix) f32.Matrix {
	values := []f32.Matrix{x}
	for _, s := range f.Steps {
		a := values[s.Of[0]]
		out := f32.New(a.Rows, a.Cols)
		if s.Op == Product {
			out = f32.New(a.Rows, s.Matrix.Rows)
		}
		for i := range a.Rows {
			size, sum := f32.Norm(a.Row(i)), 0.0
			for _, v := range a.Row(i) {
				sum += math.Exp(float64(v))
			}
			for j := range out.Row(i) {
				var v float64
				if s.Op != Product {
					v = float64(a.Row(i)[j])
				}
				switch s.Op {
				case Product:
					v = f32.Dot(a.Row(i), s.Matrix.Row(j))
				case Weigh:
					v *= float64(s.Matrix.Data[j])
				case Shift:
					v += float64(s.Matrix.Data[j])
				case Scale:
					v *= float64(s.Factor)
				case Add:
					v += float64(values[s.Of[1]].Row(i)[j])
				case Multiply:
					v *= float64(values[s.Of[1]].Row(i)[j])
				case ReLU:
					v = max(v, 0)
				case Tanh:
					v = math.Tanh(v)
				case Softmax:
					v = math.Exp(v) / sum
				case Normalise:
					if size > 0 {
						v /= size
					}
				default:
					panic("unknown operation " + s.Op)
				}
				out.Row(i)[j] = float32(v)
			}
		}
		values = append(values, out)
	}
	return values[len(values)-1]
}

// eachDescribed leaves out modules whose logits are no formula of features.
func eachDescribed(t *testing.T, f func(t *testing.T, s sample)) {
	each(t, func(t *testing.T, s sample) {
		if s.Inside != ImageSided {
			f(t, s)
		}
	})
}

// Every module on features says what it computes, and computes that: at any parameters, and for a feature that is zero.
func TestFormulas(t *testing.T) {
	eachDescribed(t, func(t *testing.T, s sample) {
		clear(s.x.Row(1))
		for range 3 {
			for i := range s.p {
				s.p[i] += float32(0.2 * s.rng.NormFloat64())
			}
			bound := s.module.At(nil, s.p)
			described, is := bound.(Described)
			if !is {
				t.Fatal("does not describe what it computes, so that it cannot be exported")
			}
			var f Formula
			if last := described.Describe(&f, 0); int(last) != len(f.Steps) {
				t.Errorf("the logits are value %d of %d", last, len(f.Steps))
			}
			got, want := interpret(&f, s.x), bound.Forward(nil, s.x, nil).Logits()
			if d := apart(got, want); !(d <= 1e-5*s.head.largest(want)) {
				t.Errorf("the formula's logits differ by %v", d)
			}
		}
	})
}

// largest is the size of the largest logit, and at least the scale.
func (h Head) largest(logits f32.Matrix) float64 {
	worst := float64(h.Scale)
	for _, v := range logits.Data {
		worst = max(worst, math.Abs(float64(v)))
	}
	return worst
}

// What parts of a model have in common is computed once.
func TestFormulasShareSteps(t *testing.T) {
	eachDescribed(t, func(t *testing.T, s sample) {
		var f Formula
		bound := s.module.At(nil, s.p).(Described)
		if a, b := bound.Describe(&f, 0), bound.Describe(&f, 0); a != b || int(a) != len(f.Steps) {
			t.Errorf("described twice, at the same parameters, logits are values %d and %d of %d", a, b, len(f.Steps))
		}
	})
}

// The frozen head describes itself, before the projection too.
func TestFormulaOfZeroShot(t *testing.T) {
	eachDescribed(t, func(t *testing.T, s sample) {
		var f Formula
		s.head.Describe(&f, 0)
		if d := apart(interpret(&f, s.x), s.head.ZeroShot(nil, s.x)); !(d <= 1e-5*float64(s.head.Scale)) {
			t.Errorf("the formula's logits differ by %v", d)
		}
	})
}
