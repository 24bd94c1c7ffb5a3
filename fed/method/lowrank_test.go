package method_test

import (
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/fed/method/lowrank"
	"github.com/fedpurel/fedpurel/fed/method/purel"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// FedSA is FedPer with B and the head private, bit for bit.
func TestFedSAIsFedPerOfFactors(t *testing.T) {
	for module, private := range map[string]string{"lora": "B", "lora-head": "B, head", "text-lora": "B"} {
		p := fedtest.New(t, 5)
		sa := run(t, p, module, fedtest.Method(t, "fedsa"), 4, 0.5)
		fedtest.Identical(t, run(t, p, module, fedtest.Method(t, "fedper", `{"private": "`+private+`"}`), 4, 0.5), sa)
	}
}

// While its B is zero, a client of FedSA predicts zero-shot, whatever A has become: before it first takes part.
func TestFedSAWithoutBIsZeroShot(t *testing.T) {
	p := fedtest.New(t, 5)
	m, module := fedtest.Method(t, "fedsa"), p.Module(t, "lora")
	state := run(t, p, "lora", m, 3, 0.5).State
	home := p.Home(module)
	defer home.Kept.Close()
	u := peft.UpdatesOf(module)[0]
	if slices.Equal(u.A.Slice(state.Shared["phi"]), u.A.Slice(home.Initial)) {
		t.Fatal("A has not moved")
	}
	c := home.Client(t.Context(), 0)
	defer c.Release()
	own, err := m.Personal(c, state.Shared)[0].Phi(nil)
	if err != nil {
		t.Fatal(err)
	}
	got, want := module.At(nil, own).Forward(nil, p.Test.X, nil).Logits(), p.Head.ZeroShot(nil, p.Test.X)
	if d := f32.Distance(got.Data, want.Data); d > 1e-5*f32.Norm(want.Data) {
		t.Errorf("logits are %v away from zero-shot", d)
	}
}

// FFA leaves A at its draw, everywhere, and sends all but A; so the product of the averages is the average of the
// products: (Σ w B_k) A = Σ w (B_k A). Its factor is one on the learning rate.
func TestFFA(t *testing.T) {
	for _, name := range []string{"lora", "lora-head", "text-lora"} {
		p := fedtest.New(t, 5)
		module := p.Module(t, name)
		u := peft.UpdatesOf(module)[0]
		home := p.Home(module)
		o := run(t, p, name, fedtest.Method(t, "ffa"), 3, 0.6)
		a := u.A.Slice(home.Initial)
		if !slices.Equal(u.A.Slice(phi(o)), a) || slices.Equal(u.B.Slice(phi(o)), u.B.Slice(home.Initial)) {
			t.Errorf("%s: A has moved, or B has not", name)
		}
		product := func(phi []float32) []float32 {
			out := f32.New(u.B.Rows, u.A.Cols)
			f32.Mul(out, u.B.Of(phi), u.A.Of(phi))
			return out.Data
		}
		mean, total := make([]float32, u.B.Rows*u.A.Cols), 0
		last := o.Records[2]
		for _, k := range last.Cohort {
			total += len(p.Partition.Clients[k].Train)
		}
		for _, k := range last.Cohort {
			own := o.Kept["phi"][k]
			if !slices.Equal(u.A.Slice(own), a) {
				t.Errorf("%s: client %d has another A", name, k)
			}
			f32.Axpy(float32(len(p.Partition.Clients[k].Train))/float32(total), product(own), mean)
		}
		if d := f32.Distance(mean, product(phi(o))); d > 1e-5*f32.Norm(mean) {
			t.Errorf("%s: the mean of the products is %v away from the product of the means", name, d)
		}
		sent := module.Layout().Count() - len(a)
		if want := int64(2 * len(last.Cohort) * sent); last.Floats != want {
			t.Errorf("%s: %d floats, want %d", name, last.Floats, want)
		}
		at := func(options string) []float32 { return phi(run(t, p, name, fedtest.Method(t, "ffa", options), 2, 0.6)) }
		if !slices.Equal(at(`{"ffa_rate": 3}`), at(`{"ffa_rate": 1, "lr": 0.06}`)) {
			t.Errorf("%s: thrice the rate is another", name)
		}
	}
}

// After averaging, FedEx's map R + γ B̄ Ā is the old R plus the mean of the clients' γ B_k A_k: what they had in common
// is lost nowhere.
func TestFedExIsExact(t *testing.T) {
	for _, name := range []string{"lora", "lora-head", "text-lora"} {
		p := fedtest.New(t, 5)
		m := fedtest.Method(t, "fedex")
		u := peft.UpdatesOf(method.On(m, p.Module(t, name)))[0]
		add := func(dense []float32, w float32, phi []float32) {
			product := f32.New(u.R.Rows, u.R.Cols)
			f32.Mul(product, u.B.Of(phi), u.A.Of(phi))
			f32.Axpy(w*u.Gamma, product.Data, dense)
		}
		before := u.R.Slice(phi(run(t, p, name, m, 3, 0.6)))
		o := run(t, p, name, m, 4, 0.6)
		got, want, last := slices.Clone(u.R.Slice(phi(o))), slices.Clone(before), o.Records[3]
		add(got, 1, phi(o))
		for _, k := range last.Cohort {
			own := o.Kept["phi"][k]
			if !slices.Equal(u.R.Slice(own), before) {
				t.Errorf("%s: client %d has another residue than the server sent", name, k)
			}
			add(want, 1/float32(len(last.Cohort)), own)
		}
		if d := f32.Distance(got, want); d > 1e-5*f32.Norm(want) || f32.Norm(before) == 0 {
			t.Errorf("%s: the map is %v away from the clients' mean, the residue was %v", name, d, f32.Norm(before))
		}
		factors := len(phi(o)) - len(before)
		if sent := int64(len(last.Cohort) * (2*factors + len(before))); last.Floats != sent {
			t.Errorf("%s: %d floats, want %d", name, last.Floats, sent)
		}
	}
}

// One client leaves no residue: FedEx is FedAvg then, to the bit.
func TestFedExOfOneIsFedAvg(t *testing.T) {
	p := fedtest.New(t, 5)
	ex, avg := fedtest.Method(t, "fedex"), fedtest.Method(t, "fedavg")
	trained := peft.Trained(method.On(ex, p.Module(t, "lora-head")))
	o := phi(run(t, p, "lora-head", ex, 4, 1e-9))
	if u := peft.UpdatesOf(method.On(ex, p.Module(t, "lora-head")))[0]; f32.Norm(u.R.Slice(o)) != 0 {
		t.Errorf("the residue is %v", f32.Norm(u.R.Slice(o)))
	}
	if !slices.Equal(trained.Take(o), phi(run(t, p, "lora-head", avg, 4, 1e-9))) {
		t.Error("the factors differ")
	}
}

// FedPuReL's residual on top of FedEx leaves it as it is, bit for bit, and its branches have no residue of their own.
func TestFedExIsWorn(t *testing.T) {
	p := fedtest.New(t, 5)
	ex := fedtest.Method(t, "fedex").(*lowrank.FedEx)
	worn := purel.Wear{Base: ex, Residual: *purel.NewResidual(fedtest.Rates)}
	o := run(t, p, "lora", worn, 4, 0.6)
	if !slices.Equal(phi(o), phi(run(t, p, "lora", ex, 4, 0.6))) {
		t.Error("FedEx has changed")
	}
	u := peft.UpdatesOf(ex.On(p.Module(t, "lora")))[0]
	for k, branch := range o.Kept["residual"] {
		if branch != nil && (f32.Norm(u.R.Slice(branch)) > 0 || f32.Norm(u.B.Slice(branch)) == 0) {
			t.Errorf("client %d: the branch has a residue, or is not trained", k)
		}
	}
}

// Methods that were made for one kind of modules refuse others, and name those that go.
func TestHostsAreNamed(t *testing.T) {
	p := fedtest.New(t, 2)
	for _, e := range method.Methods {
		if e.Host == "" {
			continue
		}
		m := fedtest.Method(t, e.Name)
		if err := method.Fits(m, p.Module(t, e.Host)); err != nil {
			t.Errorf("%s on its own host: %v", e.Name, err)
		}
		if err := method.Fits(m, p.Module(t, "gate")); fault.KindOf(err) != fault.Usage {
			t.Errorf("%s on gate: %v", e.Name, err)
		}
	}
	none := frame.Needs(p.Module(t, "gate"), "a head", func(m peft.Module) bool { _, is := m.(peft.Headed); return is })
	const want = "method: the method needs a head: " +
		"choose --module gate-head, linear, lora-head, projection-head, residual-head"
	if none == nil || none.Error() != want {
		t.Errorf("%v", none)
	}
}
