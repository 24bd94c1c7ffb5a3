package method_test

import (
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// PromptFL is FedAvg on its modules; PromptFolio with ϑ = 0 is PromptFL, bit for bit, and with ϑ > 0 it is not.
func TestPromptReductions(t *testing.T) {
	for _, name := range []string{"text-shift", "text-class", "text-lora"} {
		p := fedtest.New(t, 5)
		want := run(t, p, name, fedtest.Method(t, "promptfl"), 4, 0.5)
		fedtest.Identical(t, run(t, p, name, fedtest.Method(t, "fedavg"), 4, 0.5), want)
		half := func(option string) []float32 {
			both := phi(run(t, p, name, fedtest.Method(t, "promptfolio", option), 4, 0.5))
			n := len(both) / 2
			if !slices.Equal(both[:n], both[n:]) {
				t.Errorf("%s: what is shared has something else than φ_g in the place of φ_l", name)
			}
			return both[:n]
		}
		if got := half(`{"folio": 0}`); !slices.Equal(got, phi(want)) {
			t.Errorf("%s: ϑ = 0 is %v away from PromptFL", name, f32.Distance(got, phi(want)))
		}
		if slices.Equal(half(`{}`), phi(want)) {
			t.Errorf("%s: ϑ makes no difference", name)
		}
	}
}

// A client of PromptFolio predicts with (1−ϑ) ℓ(φ_g) + ϑ ℓ(φ_l), everybody with ℓ(φ_g); only φ_g is sent.
func TestPromptFolioMixes(t *testing.T) {
	p := fedtest.New(t, 3)
	m, bare := fedtest.Method(t, "promptfolio"), p.Module(t, "text-class")
	module := method.On(m, bare)
	o := run(t, p, "text-class", m, 3, 1)
	n := len(phi(o)) / 2
	for _, r := range o.Records {
		if r.Floats != int64(2*3*n) {
			t.Errorf("%d floats, want %d", r.Floats, 2*3*n)
		}
	}
	logits := func(m peft.Module, phi []float32) f32.Matrix {
		return m.At(nil, phi).Forward(nil, p.Test.X, nil).Logits()
	}
	near := func(what string, got, want f32.Matrix) {
		t.Helper()
		if d := f32.Distance(got.Data, want.Data); d > 1e-5*f32.Norm(want.Data) {
			t.Errorf("%s: %v away", what, d)
		}
	}
	global := logits(bare, phi(o)[:n])
	near("the global model", logits(module, phi(o)), global)
	for k, own := range o.Kept["own"] {
		both := slices.Concat(phi(o)[:n], own)
		want := global.Clone()
		f32.Scale(0.6, want.Data)
		f32.Axpy(0.4, logits(bare, own).Data, want.Data)
		near("a client's model", logits(module, both), want)
		if slices.Equal(own, phi(o)[:n]) {
			t.Errorf("client %d has nothing of its own", k)
		}
	}
}
