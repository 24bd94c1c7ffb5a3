package method_test

import (
	"math"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// spy is a module that shows every gradient, and the parameters that it was taken at.
type spy struct {
	peft.Factored
	seen func(grad, p []float32, cache peft.Cache, d f32.Matrix)
}

func (s spy) Factors(f []peft.Factor, m *f32.Arena, p []float32, cache peft.Cache, d f32.Matrix) []peft.Factor {
	grad := make([]float32, len(p))
	s.Backward(nil, grad, p, cache, d)
	s.seen(grad, p, cache, d)
	return s.Factored.Factors(f, m, p, cache, d)
}

// With λ = 1 no tensor's step works against the alignment: where the plain gradient opposes a, what FedPuReL applies is
// orthogonal to a. Stage 1 calls Backward twice a batch, first for a, then for g; with momentum and decay at zero the
// step is −η times the purified gradient. One client, so the calls come in order.
func TestNoTensorOpposesTheAlignment(t *testing.T) {
	for _, module := range []string{"gate", "lora"} {
		t.Run(module, func(t *testing.T) {
			p, o := fedtest.New(t, 1), options()
			o.SGD, o.Personal.SGD.LR = train.SGD{LR: 0.02}, 0
			inner := p.Module(t, module)
			batches := (len(p.Partition.Clients[0].Train) + o.Batching.Size - 1) / o.Batching.Size
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
					size := f32.Norm(at) * f32.Norm(gt) * o.SGD.LR
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
			m := spy{inner.(peft.Factored), func(grad, phi []float32, _ peft.Cache, _ f32.Matrix) {
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
			env := fed.NewEnv(t.Context(), m, p.Head, p.Train, p.Partition.Clients, root, 1)
			plan := fed.Plan{Rounds: 1, Fraction: 1, Dir: t.TempDir(), Evaluate: fedtest.Unscored, Method: method.FedPuReL{Options: o}}
			if _, _, err := fed.Run(t.Context(), env, plan); err != nil {
				t.Fatal(err)
			}
			if want := 3 * batches; calls != want {
				t.Errorf("%d calls of Backward, not %d: two a batch in stage 1, one in stage 2", calls, want)
			}
			if opposed == 0 {
				t.Error("no gradient opposed the alignment: the test shows nothing")
			}
		})
	}
}
