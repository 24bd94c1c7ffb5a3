package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// world is a head and features around nothing in particular.
func world(classes, dim, rows int, scale float32, seed uint64) (peft.Head, f32.Matrix) {
	rng := rand.New(rand.NewPCG(seed, 1))
	text, x := f32.New(classes, dim), f32.New(rows, dim)
	for _, m := range []f32.Matrix{text, x} {
		for i := range m.Data {
			m.Data[i] = float32(rng.NormFloat64())
		}
	}
	for c := range classes {
		f32.Normalize(text.Row(c), text.Row(c))
	}
	return peft.Head{Text: text, Scale: scale}, x
}

func curvature(t *testing.T, name string, h peft.Head, x f32.Matrix) float64 {
	t.Helper()
	module, err := peft.New(name, h, nil)
	if err != nil {
		t.Fatal(err)
	}
	phi := make([]float32, module.Layout().Size())
	module.Init(phi, rand.New(rand.NewPCG(3, 4)))
	return Curvature(module, phi, x, rand.New(rand.NewPCG(5, 6)))
}

// Of the linear head it is (s² + 1) E[1 − Σ_c p_c²], the part of b included.
func TestCurvatureOfLinear(t *testing.T) {
	h, x := world(7, 12, 4000, 6, 1)
	var want float64
	z, p := h.ZeroShot(nil, x), make([]float32, 7)
	for i := range z.Rows {
		f32.Softmax(p, z.Row(i))
		want += (6*6 + 1) * (1 - f32.Dot(p, p)) / float64(z.Rows)
	}
	if got := curvature(t, "linear", h, x); math.Abs(got-want) > 0.03*want {
		t.Errorf("curvature %v, want about %v", got, want)
	}
}

// It is the mean of ‖∂CE(ℓ, y)/∂φ‖² over labels drawn from the predictions, for every module.
func TestCurvatureIsTheFisherTrace(t *testing.T) {
	for _, e := range peft.Modules {
		if e.Projects || e.Inside != peft.Outside {
			continue
		}
		h, x := world(4, 6, 300, 5, 2)
		module := e.New(h, e.Options)
		phi := make([]float32, module.Layout().Size())
		module.Init(phi, rand.New(rand.NewPCG(3, 4)))
		var want float64
		p, grad := make([]float32, 4), make([]float32, len(phi))
		for i := range x.Rows {
			run := module.At(nil, phi).Forward(nil, f32.Of(1, x.Cols, x.Row(i)), nil)
			f32.Softmax(p, run.Logits().Row(0))
			for y := range p {
				delta := f32.New(1, 4)
				CrossEntropy(delta, run.Logits(), []int32{int32(y)})
				clear(grad)
				run.Backward(nil, grad, delta)
				want += float64(p[y]) * f32.Dot(grad, grad) / float64(x.Rows)
			}
		}
		got := Curvature(module, phi, x, rand.New(rand.NewPCG(5, 6)))
		if math.Abs(got-want) > 0.15*want {
			t.Errorf("%s: curvature %v, want about %v", e.Name, got, want)
		}
	}
}

// What a module does to unit features does not bend with their length; the gate, which reads it, does.
func TestCurvatureAndLength(t *testing.T) {
	h, x := world(10, 16, 200, 20, 3)
	long := f32.New(x.Rows, x.Cols)
	f32.Axpy(10, x.Data, long.Data)
	for name, same := range map[string]bool{"linear": true, "lora": true, "residual": true, "gate": false} {
		a, b := curvature(t, name, h, x), curvature(t, name, h, long)
		if equal := math.Abs(a-b) < 1e-3*a; equal != same {
			t.Errorf("%s: curvature %v, and %v of features ten times as long", name, a, b)
		}
	}
}
