package method_test

import (
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Every method that fits runs on LoRA inside the image tower, with any number of workers alike, and WiSE-FT leads back
// to zero-shot.
func TestInsideTheImageTower(t *testing.T) {
	ran := 0
	for _, e := range method.Methods {
		if e.New == nil {
			continue
		}
		for _, blocks := range []int{1, 2} {
			p := fedtest.NewTokens(t, 3, blocks)
			m, module := fedtest.Method(t, e.Name), p.Module(t, "lora-vision")
			if method.Fits(m, module) != nil {
				continue
			}
			ran++
			a := fedtest.MustRun(t, p.Home(module), fed.Plan{Method: m, Rounds: 2, Workers: 2})
			fedtest.Identical(t, fedtest.MustRun(t, p.Home(module), fed.Plan{Method: m, Rounds: 2, Workers: 1}), a)
			if m.Global(a.State.Shared) == nil {
				continue
			}
			start := p.Home(module).Initial
			if slices.Equal(phi(a), start) {
				t.Errorf("%s: nothing is learned", e.Name)
			}
			zero := module.At(nil, eval.Wise(module, phi(a), 1)).Forward(nil, p.Test.X, nil).Logits()
			if want := p.Head.ZeroShot(nil, p.Test.X); !slices.Equal(zero.Data, want.Data) {
				t.Errorf("%s: %v away from zero-shot", e.Name, f32.Distance(zero.Data, want.Data))
			}
		}
	}
	if ran < 10 {
		t.Errorf("%d runs", ran)
	}
}

// Methods that treat the factors each by itself treat those of every q, k and v: FFA leaves every A at its draw, and
// FedSA is FedPer with every B private. FedEx is refused, in words.
func TestFactorsInsideTheImageTower(t *testing.T) {
	p := fedtest.NewTokens(t, 4, 2)
	module := p.Module(t, "lora-vision")
	updates := peft.UpdatesOf(module)
	if len(updates) != 6 {
		t.Fatalf("%d updates", len(updates))
	}
	home := p.Home(module)
	o := run(t, p, "lora-vision", fedtest.Method(t, "ffa"), 2, 1)
	sa := run(t, p, "lora-vision", fedtest.Method(t, "fedsa"), 2, 1)
	var a, b int
	for _, u := range updates {
		if !slices.Equal(u.A.Slice(phi(o)), u.A.Slice(home.Initial)) {
			t.Errorf("FFA has moved %s", u.A.Name)
		}
		if slices.Equal(u.B.Slice(phi(o)), u.B.Slice(home.Initial)) {
			t.Errorf("FFA has not moved %s", u.B.Name)
		}
		if slices.Equal(u.A.Slice(phi(sa)), u.A.Slice(home.Initial)) {
			t.Errorf("FedSA has not moved %s", u.A.Name)
		}
		a, b = a+u.A.Rows*u.A.Cols, b+u.B.Rows*u.B.Cols
	}
	if got := o.Records[1].Floats; got != int64(2*4*b) {
		t.Errorf("FFA sends %d floats, not %d", got, 2*4*b)
	}
	if got := sa.Records[1].Floats; got != int64(2*4*a) {
		t.Errorf("FedSA sends %d floats, not %d", got, 2*4*a)
	}
	fedtest.Identical(t, run(t, p, "lora-vision", fedtest.Method(t, "fedper", `{"private": "B"}`), 2, 1), sa)

	err := method.Fits(fedtest.Method(t, "fedex"), module)
	const want = "method: the method needs a low-rank update beside which a residue can lie, R + γ B A: " +
		"choose --module lora, lora-head, projection, projection-head, text-lora"
	if fault.KindOf(err) != fault.Usage || err.Error() != want {
		t.Errorf("FedEx: %v", err)
	}
}
