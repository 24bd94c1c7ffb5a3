package method_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Projecting tensor by tensor and as a whole differ; with a module of one tensor they are the same.
func TestScope(t *testing.T) {
	p, o := fedtest.New(t, 4), options()
	for module, same := range map[string]bool{"gate": false, "text-shift": true} {
		o.Purify.Scope = "tensor"
		_, a, _ := run(t, p, module, method.FedPuReL{Options: o}, 2, 1)
		o.Purify.Scope = "global"
		_, b, _ := run(t, p, module, method.FedPuReL{Options: o}, 2, 1)
		if slices.Equal(a.Global, b.Global) != same {
			t.Errorf("%s: scopes give the same model: %v", module, !same)
		}
	}
}

// Every alignment loss gives a model of its own.
func TestAligns(t *testing.T) {
	p, o := fedtest.New(t, 4), options()
	var seen [][]float32
	for _, o.Purify.Align = range []string{"kl", "lskd", "tkl"} {
		_, a, _ := run(t, p, "gate", method.FedPuReL{Options: o}, 2, 1)
		for _, b := range seen {
			if slices.Equal(a.Global, b) {
				t.Errorf("%s gives another loss's model", o.Purify.Align)
			}
		}
		seen = append(seen, a.Global)
	}
}

// In two phases the global model is that of stage 1 alone, and personal models move only afterwards.
func TestTwoPhases(t *testing.T) {
	p, o := fedtest.New(t, 4), options()
	o.Personal.After = 3
	m := method.FedPuReL{Options: o}
	_, first, _ := run(t, p, "lora", m, 3, 0.5)
	for k, phi := range fedtest.Personal(t, first) {
		if phi != nil {
			t.Errorf("client %d has a personal model after stage 1", k)
		}
	}
	_, second, _ := run(t, p, "lora", m, 5, 0.5)
	if !slices.Equal(first.Global, second.Global) {
		t.Error("stage 2 moved the global model")
	}
	moved := 0
	for _, phi := range fedtest.Personal(t, second) {
		if phi != nil {
			moved++
		}
	}
	if moved == 0 {
		t.Error("stage 2 did nothing")
	}
	o.Personal.After = 0
	_, interleaved, _ := run(t, p, "lora", method.FedPuReL{Options: o}, 3, 0.5)
	if !slices.Equal(interleaved.Global, first.Global) {
		t.Error("the stages' order matters to the global model")
	}
}

// Momentum that leaks from client to client changes the model; it does not depend on workers, and one client's first
// steps are then those of plain momentum.
func TestCarriedMomentum(t *testing.T) {
	p, o := fedtest.New(t, 4), options()
	_, clean, _ := run(t, p, "gate", method.FedAvg{Options: o}, 3, 1)
	o.CarryMomentum = true
	_, leaky, _ := run(t, p, "gate", method.FedAvg{Options: o}, 3, 1)
	if slices.Equal(clean.Global, leaky.Global) || leaky.Server["momentum"] == nil {
		t.Error("carrying the momentum makes no difference")
	}
	p = fedtest.New(t, 1)
	_, carried, _ := run(t, p, "gate", method.FedAvg{Options: o}, 1, 1)
	o.CarryMomentum = false
	_, plain, _ := run(t, p, "gate", method.FedAvg{Options: o}, 1, 1)
	if !slices.Equal(carried.Global, plain.Global) {
		t.Error("the very first client already differs")
	}
}

// Dropping the last batch leaves it out, but not the only one; dropout changes training and is reproducible.
func TestDropLastAndDropout(t *testing.T) {
	p := fedtest.New(t, 3)
	for _, size := range []int{8, 10000} {
		env := p.Env(t.Context(), p.Module(t, "lora"), 1)
		_, _, err := fed.Run(t.Context(), env, fed.Plan{Rounds: 1, Fraction: 1, Dir: t.TempDir(), Evaluate: fedtest.Unscored, Method: round(func(r *fed.Round) error {
			_, err := fed.Map(r, func(c *fed.Client) (int, error) {
				n := 0
				for b := range c.Batches(fed.Batching{Size: size, DropLast: true}, 1) {
					n += len(b.Y)
				}
				own := len(p.Partition.Clients[c.ID].Train)
				if want := own / size * size; n != want && (own >= size || n != own) {
					t.Errorf("client %d with %d samples trains on %d in batches of %d", c.ID, own, n, size)
				}
				return 0, nil
			})
			return err
		})})
		if err != nil {
			t.Fatal(err)
		}
	}
	module, err := peft.New("lora", p.Head, peft.Options{Rank: 4, Alpha: 8, Hidden: 1, Dropout: 0.25})
	if err != nil {
		t.Fatal(err)
	}
	train := func(m peft.Module, workers int) []float32 {
		state, _, err := fed.Run(context.Background(), p.Env(t.Context(), m, workers), fed.Plan{
			Rounds: 2, Fraction: 1, Dir: t.TempDir(), Evaluate: fedtest.Unscored, Method: method.FedPuReL{Options: options()},
		})
		if err != nil {
			t.Fatal(err)
		}
		return state.Global
	}
	a := train(module, 1)
	if !slices.Equal(a, train(module, 3)) || slices.Equal(a, train(p.Module(t, "lora"), 1)) {
		t.Error("dropout depends on workers, or does nothing")
	}
}

type round func(*fed.Round) error

func (f round) Round(r *fed.Round) error { return f(r) }

// Logit adjustment raises rare classes: predictions of the last classes become more frequent. τ = 0 is plain FedAvg.
func TestLogitAdjustment(t *testing.T) {
	p, o := fedtest.New(t, 4), options()
	predicted := func() (tail int) {
		env, s, _ := run(t, p, "linear", method.FedAvg{Options: o}, 10, 1)
		logits, _ := env.Module.Forward(nil, s.Global, p.Test.X)
		for i := range logits.Rows {
			if f32.Argmax(logits.Row(i)) >= fedtest.Classes/2 {
				tail++
			}
		}
		return tail
	}
	plain := predicted()
	for _, o.Adjust.Prior = range []string{"global", "local"} {
		o.Adjust.Tau = 1
		if adjusted := predicted(); adjusted <= plain {
			t.Errorf("%s prior: %d test images go to the rarer half of the classes, %d without adjustment", o.Adjust.Prior, adjusted, plain)
		}
	}
}

// Diagnosing FedAvg measures the angle and changes nothing.
func TestDiagnose(t *testing.T) {
	p, o := fedtest.New(t, 4), options()
	_, a, plain := run(t, p, "lora", method.FedAvg{Options: o}, 2, 1)
	o.Diagnose = true
	_, b, records := run(t, p, "lora", method.FedAvg{Options: o}, 2, 1)
	if !slices.Equal(a.Global, b.Global) {
		t.Error("looking changes the model")
	}
	d := records[1].Diagnosis
	for _, name := range []string{"angle", "angle/A", "angle/B"} {
		if !(d[name] > 0 && d[name] < 180) {
			t.Errorf("%s is %v", name, d[name])
		}
		if _, there := plain[1].Diagnosis[name]; there {
			t.Errorf("%s is measured without being asked for", name)
		}
	}
	if math.Abs(d["norm_ratio"]-1) > 1e-9 {
		t.Errorf("the gradient changed by %v", d["norm_ratio"])
	}
}
