package method_test

import (
	"math"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// spy is a module that shows every gradient, and the parameters that it was taken at.
type spy struct {
	peft.Module
	seen func(grad, p []float32)
}

type spyBound struct {
	peft.Bound
	spy spy
	p   []float32
}

type spyRun struct {
	peft.Factored
	bound spyBound
}

func (s spy) At(m *f32.Arena, p []float32) peft.Bound { return spyBound{s.Module.At(m, p), s, p} }

func (b spyBound) Forward(m *f32.Arena, x f32.Matrix, drop *peft.Drop) peft.Run {
	return spyRun{b.Bound.Forward(m, x, drop).(peft.Factored), b}
}

func (r spyRun) Factors(f []peft.Factor, m *f32.Arena, d f32.Matrix) []peft.Factor {
	grad := make([]float32, len(r.bound.p))
	r.Backward(nil, grad, d)
	r.bound.spy.seen(grad, r.bound.p)
	return r.Factored.Factors(f, m, d)
}

// With λ = 1 no tensor's step works against the alignment: where the plain gradient opposes a, what FedPuReL applies is
// orthogonal to a. Stage 1 takes two gradients a batch, first a, then g; with momentum and decay at zero the
// step is −η times the purified gradient. One client, so the calls come in order.
func TestNoTensorOpposesTheAlignment(t *testing.T) {
	const eta = 0.02
	for _, module := range []string{"gate", "lora"} {
		t.Run(module, func(t *testing.T) {
			p := fedtest.New(t, 1)
			m := fedtest.Method(t, "fedpurel", `{"lr": 0.02, "momentum": 0, "weight_decay": 0, "personal_lr": 0}`)
			inner := p.Module(t, module)
			batches := (len(p.Partition.Clients[0].Train) + 7) / 8
			var a, g, start []float32
			opposed, calls := 0, 0
			check := func(phi []float32) { // what the step from start to phi did
				for _, tensor := range inner.Layout() {
					at, gt := tensor.Slice(a), tensor.Slice(g)
					if f32.Norm(at) < 1e-6*f32.Norm(gt) {
						continue // rounding, which must not steer
					}
					moved := make([]float32, len(at))
					for i, v := range tensor.Slice(phi) {
						moved[i] = tensor.Slice(start)[i] - v
					}
					size := f32.Norm(at) * f32.Norm(gt) * eta
					dot := f32.Dot(moved, at)
					if dot < -2e-3*size {
						t.Errorf("%s: a step opposes the alignment: %v of %v", tensor.Name, dot, size)
					}
					if f32.Dot(gt, at) < 0 {
						opposed++
						if math.Abs(dot) > 2e-3*size {
							t.Errorf("%s: a purified step is not orthogonal: %v of %v", tensor.Name, dot, size)
						}
					}
				}
			}
			watched := spy{inner, func(grad, phi []float32) {
				switch calls++; {
				case calls > 2*batches: // stage 2
				case calls%2 == 1:
					if start != nil {
						check(phi)
					}
					a = slices.Clone(grad)
				default:
					g, start = slices.Clone(grad), slices.Clone(phi)
				}
			}}
			fedtest.MustRun(t, p.Home(watched), fed.Plan{Rounds: 1, Method: m})
			if want := 3 * batches; calls != want {
				t.Errorf("%d gradients, not %d: two a batch in stage 1, one in stage 2", calls, want)
			}
			if opposed == 0 {
				t.Error("no gradient opposed the alignment: the test shows nothing")
			}
		})
	}
}
