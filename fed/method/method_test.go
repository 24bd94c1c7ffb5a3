package method_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
)

func options() method.Options { return fedtest.Options() }

const root = seed.Root(9)

// run executes rounds of a method on a problem.
func run(t *testing.T, p *fedtest.Problem, module string, m fed.Method, rounds int, fraction float64) (*fed.Env, *fed.State, []metric.Round) {
	t.Helper()
	env := fed.NewEnv(context.Background(), p.Module(t, module), p.Head, p.Train, p.Partition.Clients, root, 2)
	state, records, err := fed.Run(context.Background(), env, fed.Plan{
		Method: m, Rounds: rounds, Fraction: fraction, Dir: t.TempDir(),
		Evaluate: func(*fed.State) (*metric.Scores, error) { return nil, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return env, state, records
}

// TestTable runs every method of the table on every module: it works, twice the same, and changes what it says it does.
func TestTable(t *testing.T) {
	if !slices.IsSorted(method.Names()) {
		t.Errorf("the table is not in name order: %v", method.Names())
	}
	for _, e := range method.Methods {
		if found, err := method.Find(e.Name); err != nil || found.Doc == "" {
			t.Errorf("find %s: %+v, %v", e.Name, found, err)
		}
		if !e.Trains {
			continue
		}
		for _, module := range peft.Names() {
			if module == "projection" { // needs features of its own
				continue
			}
			p := fedtest.New(t, 5)
			env, a, _ := run(t, p, module, e.New(options()), 3, 0.6)
			_, b, _ := run(t, p, module, e.New(options()), 3, 0.6)
			if !fedtest.Same(t, a, b) {
				t.Errorf("%s on %s is not reproducible", e.Name, module)
			}
			if moved := f32.Distance(a.Global, env.Initial) > 0; moved != e.Averages {
				t.Errorf("%s on %s: the global parameters moved: %v", e.Name, module, moved)
			}
			own := 0
			for _, phi := range fedtest.Personal(t, a) {
				if phi != nil {
					own++
				}
			}
			if (own > 0) != (e.Personal != fed.PersonalNone) {
				t.Errorf("%s on %s keeps %d personal models", e.Name, module, own)
			}
		}
	}
	if _, err := method.Find("fedsgd"); fault.KindOf(err) != fault.Usage {
		t.Errorf("unknown method: %v", err)
	}
}

// FedAvg with one client is centralised SGD, written here by hand.
func TestOneClientIsCentralised(t *testing.T) {
	p := fedtest.New(t, 1)
	o := options()
	env, state, _ := run(t, p, "gate", method.FedAvg{Options: o}, 2, 1)
	phi := slices.Clone(env.Initial)
	for round := range 2 {
		rows := slices.Clone(p.Partition.Clients[0].Train)
		root.Stream(seed.Shuffle, uint64(round), 0, 1).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		momentum, rule := make([]float32, len(phi)), f32.Descent{LR: float32(o.SGD.LR), Momentum: float32(o.SGD.Momentum), Decay: float32(o.SGD.WeightDecay)}
		for len(rows) > 0 {
			n := min(o.Batching.Size, len(rows))
			x, y := f32.New(n, fedtest.Dim), make([]int32, n)
			for i, r := range rows[:n] {
				copy(x.Row(i), p.Train.X.Row(r))
				y[i] = p.Train.Y[r]
			}
			logits, cache := env.Module.Forward(nil, phi, x)
			d, g := f32.New(n, fedtest.Classes), make([]float32, len(phi))
			train.CrossEntropy(d, logits, y)
			env.Module.Backward(nil, g, phi, cache, d)
			rule.Step(phi, momentum, g)
			rows = rows[n:]
		}
	}
	if !slices.Equal(phi, state.Global) {
		t.Errorf("FedAvg ends %v away from centralised training", f32.Distance(phi, state.Global))
	}
}

// Without projection, FedPuReL's global model is FedAvg's.
func TestReducesToFedAvg(t *testing.T) {
	p, o := fedtest.New(t, 5), options()
	_, a, _ := run(t, p, "lora", method.FedAvg{Options: o}, 4, 0.5)
	o.Purify.Lambda = 0
	_, b, _ := run(t, p, "lora", method.FedPuReL{Options: o}, 4, 0.5)
	if !slices.Equal(a.Global, b.Global) {
		t.Error("λ = 0 differs from FedAvg")
	}
	o.Purify.Lambda = 1
	_, c, records := run(t, p, "lora", method.FedPuReL{Options: o}, 4, 0.5)
	if slices.Equal(a.Global, c.Global) {
		t.Error("λ = 1 makes no difference")
	}
	for _, r := range records {
		d := r.Diagnosis
		if !(d["norm_ratio"] > 0 && d["norm_ratio"] <= 1) || !(d["angle"] > 0 && d["angle"] < 180) || !(d["projected"] >= 0 && d["projected"] <= 1) || !(d["drift"] > 0) {
			t.Errorf("round %d: %v", r.Round, d)
		}
	}
}

// The two alignment losses give different models; a zero learning rate keeps the zero-shot one.
func TestOptionsMatter(t *testing.T) {
	p, o := fedtest.New(t, 4), options()
	_, a, _ := run(t, p, "lora", method.FedPuReL{Options: o}, 2, 1)
	o.Purify.Align = "kl"
	_, b, _ := run(t, p, "lora", method.FedPuReL{Options: o}, 2, 1)
	if slices.Equal(a.Global, b.Global) {
		t.Error("align does not matter")
	}
	o.Personal.Mix = 0.1
	_, c, _ := run(t, p, "lora", method.FedPuReL{Options: o}, 2, 1)
	if slices.Equal(fedtest.Personal(t, b)[0], fedtest.Personal(t, c)[0]) || !slices.Equal(b.Global, c.Global) {
		t.Error("mix must change the personal models only")
	}
	o.SGD.LR, o.Personal.SGD.LR = 0, 0
	env, d, _ := run(t, p, "lora", method.FedPuReL{Options: o}, 2, 1)
	logits, _ := env.Module.Forward(nil, d.Global, p.Test.X)
	for i, z := range p.Head.ZeroShot(nil, p.Test.X).Data {
		if math.Abs(float64(logits.Data[i]-z)) > 1e-4 {
			t.Fatalf("logit %d is %v, zero-shot %v", i, logits.Data[i], z)
		}
	}
}

// Clients that do not take part keep their personal models.
func TestPersonalModelsStay(t *testing.T) {
	p := fedtest.New(t, 6)
	m := method.FedPuReL{Options: options()}
	_, before, _ := run(t, p, "lora", m, 4, 0.34)
	_, after, records := run(t, p, "lora", m, 5, 0.34)
	cohort := records[4].Cohort
	for k := range p.Partition.Clients {
		if took := slices.Contains(cohort, k); took == slices.Equal(fedtest.Personal(t, before)[k], fedtest.Personal(t, after)[k]) {
			t.Errorf("client %d took part: %v, yet its model stayed: %v", k, took, !took)
		}
	}
}

func TestValidate(t *testing.T) {
	if err := options().Validate(); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*method.Options){
		"batch": func(o *method.Options) { o.Batching.Size = 0 }, "rate": func(o *method.Options) { o.SGD.LR = math.NaN() }, "momentum": func(o *method.Options) { o.SGD.Momentum = 1 },
		"decay": func(o *method.Options) { o.SGD.WeightDecay = -1 }, "align": func(o *method.Options) { o.Purify.Align = "js" }, "lambda": func(o *method.Options) { o.Purify.Lambda = -0.1 },
		"mix": func(o *method.Options) { o.Personal.Mix = 1.1 }, "personal rate": func(o *method.Options) { o.Personal.SGD.LR = -1 },
		"scope": func(o *method.Options) { o.Purify.Scope = "layer" }, "prior": func(o *method.Options) { o.Adjust.Prior = "" },
		"adjustment": func(o *method.Options) { o.Adjust.Tau = math.Inf(1) }, "after": func(o *method.Options) { o.Personal.After = -1 },
	} {
		o := options()
		spoil(&o)
		if err := o.Validate(); fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
}
