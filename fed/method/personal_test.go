package method_test

import (
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/fed/method/generic"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// What is private is neither sent to clients nor counted where it is sent for the global figures: every round costs the
// averaged part, there and back. Drift is the averaged part's, too.
func TestPrivatePartsCostNothing(t *testing.T) {
	for _, c := range []struct{ method, private string }{
		{"fedper", "head"}, {"fedper", "B, head"}, {"fedper", ""}, {"fedper", "A,B,head"}, {"fedrep", "head"},
	} {
		p := fedtest.New(t, 5)
		averaged := frame.Private{Names: c.private}.Averaged(p.Module(t, "lora-head"))
		o := run(t, p, "lora-head", fedtest.Method(t, c.method, `{"private": "`+c.private+`"}`), 3, 0.5)
		for _, rec := range o.Records {
			if want := int64(2 * len(rec.Cohort) * averaged.Count()); rec.Floats != want {
				t.Errorf("%s, %q private: %d floats, want %d", c.method, c.private, rec.Floats, want)
			}
			if drifts := rec.Diagnosis["drift"] > 0; drifts != (averaged.Count() > 0) {
				t.Errorf("%s, %q private: drift is %v", c.method, c.private, rec.Diagnosis["drift"])
			}
		}
	}
}

// FedRep with nothing private is FedAvg, bit for bit.
func TestFedRepWithNothingPrivateIsFedAvg(t *testing.T) {
	p := fedtest.New(t, 5)
	rep := run(t, p, "lora-head", fedtest.Method(t, "fedrep", `{"private": ""}`), 4, 0.5)
	if avg := run(t, p, "lora-head", fedtest.Method(t, "fedavg"), 4, 0.5); !slices.Equal(phi(rep), phi(avg)) {
		t.Error("the global model differs")
	}
}

// alone is local training on the batches that a client sees for itself alone.
type alone struct{ *generic.Local }

func (m alone) Stages() fed.Stages {
	return fed.Stages{"fit": func(c *fed.Client, _ fed.Message) fed.Message {
		phi := c.Kept("phi", c.Initial())
		c.Descend(m.Pass(frame.Second), phi, m.SGD().New(len(phi)), m.Task(c))
		c.Keep("phi", phi)
		return nil
	}}
}

// FedRep with everything private is local training, bit for bit, of as many epochs as it gives the head.
func TestFedRepWithEverythingPrivateIsLocal(t *testing.T) {
	p := fedtest.New(t, 5)
	rep := run(t, p, "lora", fedtest.Method(t, "fedrep", `{"private": "A,B", "head_epochs": 3}`), 4, 0.5)
	local := alone{fedtest.Method(t, "local", `{"epochs": 3}`).(*generic.Local)}
	for k, own := range run(t, p, "lora", local, 4, 0.5).Kept["phi"] {
		if !slices.Equal(rep.Kept["private"][k], own) {
			t.Errorf("client %d differs from local training", k)
		}
	}
}

// FedRep's head is fitted under the body that the client was sent, as that of a client that comes later; then the body
// moves, and the head stands still.
func TestFedRepFitsTheHeadFirst(t *testing.T) {
	p := fedtest.New(t, 3)
	module, m := p.Module(t, "lora-head"), fedtest.Method(t, "fedrep")
	one := fedtest.MustRun(t, p.Home(module), fed.Plan{Method: m, Rounds: 1, Fraction: 1})
	home := p.Home(module)
	defer home.Kept.Close()
	start := &fed.State{Shared: fed.Message{"phi": home.Initial}}
	plan := fed.Adaptation{Method: m, State: start, Clients: []int{0, 1, 2}, Rounds: 1}
	if _, err := fed.Adapt(t.Context(), home, plan); err != nil {
		t.Fatal(err)
	}
	for k, head := range one.Kept["private"] {
		alone, err := home.Kept.Get("private", k, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(head, alone) {
			t.Errorf("client %d's head is not what it fits under the body that it was sent", k)
		}
	}
	body := module.Layout().Only("A", "B")
	if slices.Equal(body.Take(phi(one)), body.Take(home.Initial)) {
		t.Error("the body stands still")
	}
}

// Where every client has equally many samples of every class, FedRoD's adjustment is the same for all classes, and its
// global model is FedAvg's but for rounding. Elsewhere it is another one.
func TestFedRoDWithEqualCountsIsFedAvg(t *testing.T) {
	p := fedtest.New(t, 3)
	both := func() (avg, rod []float32) {
		return phi(run(t, p, "lora-head", fedtest.Method(t, "fedavg"), 3, 1)),
			phi(run(t, p, "lora-head", fedtest.Method(t, "fedrod"), 3, 1))
	}
	if avg, rod := both(); f32.Distance(avg, rod) < 1e-3*f32.Norm(avg) {
		t.Error("class shares make no difference")
	}
	for k := range p.Partition.Clients {
		p.Partition.Clients[k].Train = nil
		for row := range 4 * fedtest.Classes { // classes take turns in the training set
			p.Partition.Clients[k].Train = append(p.Partition.Clients[k].Train, 4*fedtest.Classes*k+row)
		}
	}
	avg, rod := both()
	if d := f32.Distance(avg, rod); d > 1e-5*f32.Norm(avg) {
		t.Errorf("the global model is %v away from FedAvg's, of length %v", d, f32.Norm(avg))
	}
}

// A client of FedRoD predicts with both heads on the averaged body, and sends one.
func TestFedRoDPredictsWithBothHeads(t *testing.T) {
	p := fedtest.New(t, 3)
	module, m := p.Module(t, "lora-head").(peft.Headed), fedtest.Method(t, "fedrod")
	home := p.Home(module)
	state, records, err := fed.Run(t.Context(), home, fed.Plan{Method: m, Rounds: 2, Fraction: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer home.Kept.Close()
	if want := int64(2 * 3 * module.Layout().Size()); records[1].Floats != want {
		t.Errorf("%d floats, want %d", records[1].Floats, want)
	}
	c := home.Client(t.Context(), 1)
	defer c.Release()
	got, err := m.Personal(c, state.Shared).Logits(nil, func(part fed.Part) (f32.Matrix, error) {
		phi, err := part.Phi(nil)
		return module.At(nil, phi).Forward(nil, p.Test.X, nil).Logits(), err
	})
	if err != nil {
		t.Fatal(err)
	}
	global := module.At(nil, state.Shared["phi"]).Forward(nil, p.Test.X, nil)
	feature := global.(peft.Featured).Feature()
	own := module.Classifier().At(nil, c.Kept("head", nil)).Forward(nil, feature, nil).Logits()
	f32.Axpy(1, global.Logits().Data, own.Data)
	if !slices.Equal(got.Data, own.Data) {
		t.Errorf("logits are %v off ℓ_g + ℓ_h", f32.Distance(got.Data, own.Data))
	}
}

// Momentum that is handed from client to client says nothing of what a client has of its own.
func TestPrivateMomentumStays(t *testing.T) {
	for name, c := range map[string]struct {
		module  string
		private []string
	}{
		"fedper": {"lora-head", []string{"head.W", "head.b"}}, "fedrep": {"lora-head", []string{"head.W", "head.b"}},
		"fedsa": {"lora", []string{"B"}}, "promptfolio": {"text-class", []string{"own.e"}},
		"fedpgp": {"text-class", []string{"own.U", "own.V"}},
	} {
		p := fedtest.New(t, 3)
		m := fedtest.Method(t, name, `{"carry_momentum": true, "momentum": 0.9}`)
		momentum := run(t, p, c.module, m, 2, 1).State.Own["momentum"]
		for _, tensor := range method.On(m, p.Module(t, c.module)).Layout() {
			still := f32.Norm(tensor.Slice(momentum)) == 0
			if private := slices.Contains(c.private, tensor.Name); still != private {
				t.Errorf("%s: the momentum of %s is zero: %v", name, tensor.Name, still)
			}
		}
	}
}
