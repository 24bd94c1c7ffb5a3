package eval_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// WiSE-FT of every module: at weight 0 the parameters as they are, at weight 1 zero-shot, in between each number on the
// straight line; what says nothing at the zero-shot point stays as it is. The classifier of a linear module then gives
// the mixture of both logits, that of a module with a head is (1−α) T + α W.
func TestWiseOfModules(t *testing.T) {
	p := fedtest.New(t, 2)
	for _, name := range fedtest.Modules() {
		module, rng := p.Module(t, name), rand.New(rand.NewPCG(17, 0))
		if !peft.Anchored(module) {
			continue
		}
		phi := make([]float32, module.Layout().Size())
		module.Init(phi, rng)
		for i := range phi {
			phi[i] += float32(0.1 * rng.NormFloat64())
		}
		tuned, anchor := slices.Clone(phi), slices.Clone(phi)
		module.Anchor(anchor)
		logits := func(phi []float32) f32.Matrix { return module.At(nil, phi).Forward(nil, p.Test.X, nil).Logits() }

		if !slices.Equal(eval.Wise(module, phi, 0), phi) || !slices.Equal(eval.Wise(module, phi, 1), anchor) {
			t.Errorf("%s: the ends are not the tuned and the zero-shot parameters", name)
		}
		zero := p.Head.ZeroShot(nil, p.Test.X)
		if d := f32.Distance(logits(eval.Wise(module, phi, 1)).Data, zero.Data); d > 1e-3 {
			t.Errorf("%s: at weight 1 logits are %v away from zero-shot", name, d)
		}
		const weight = 0.3
		moved, still := eval.Wise(module, phi, weight), 0
		for i, v := range moved {
			want := float32(weight*float64(anchor[i]) + (1-weight)*float64(phi[i]))
			if v != want || anchor[i] == phi[i] && v != phi[i] {
				t.Fatalf("%s: parameter %d is %v between %v and %v", name, i, v, anchor[i], phi[i])
			}
			if anchor[i] == phi[i] {
				still++
			}
		}
		if !slices.Equal(phi, tuned) {
			t.Errorf("%s: the parameters have changed", name)
		}
		if h, headed := module.(peft.Headed); headed {
			w, texts := h.Head()[0], p.Head.Text.Data
			for i, v := range w.Slice(moved) {
				want := float64(texts[i])*weight + float64(w.Slice(phi)[i])*(1-weight)
				if math.Abs(float64(v)-want) > 1e-7 {
					t.Fatalf("%s: W[%d] is %v, want %v", name, i, v, want)
				}
			}
		}
		if name != "linear" {
			continue
		}
		if still > 0 {
			t.Errorf("%d numbers of a linear module are those of zero-shot", still)
		}
		mixture := logits(phi)
		f32.Scale(1-weight, mixture.Data)
		f32.Axpy(weight, zero.Data, mixture.Data)
		if d := f32.Distance(logits(moved).Data, mixture.Data); d > 1e-3 {
			t.Errorf("the logits of interpolated weights are %v away from interpolated logits", d)
		}
	}
}
