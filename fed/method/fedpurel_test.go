package method_test

import (
	"math"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Purification makes a difference, and says what it did.
func TestPurificationIsDiagnosed(t *testing.T) {
	p := fedtest.New(t, 5)
	for _, r := range run(t, p, "lora", fedtest.Method(t, "fedpurel"), 4, 0.5).Records {
		d := r.Diagnosis
		if !(d["norm_ratio"] > 0 && d["norm_ratio"] <= 1) || !(d["angle"] > 0 && d["angle"] < 180) ||
			!(d["projected"] >= 0 && d["projected"] <= 1) || !(d["drift"] > 0) {
			t.Errorf("round %d: %v", r.Round, d)
		}
	}
}

// Every alignment loss gives a model of its own; α changes the personal models only; a zero learning rate keeps
// zero-shot.
func TestOptionsMatter(t *testing.T) {
	p := fedtest.New(t, 4)
	of := func(options ...string) fedtest.Outcome {
		return run(t, p, "lora", fedtest.Method(t, "fedpurel", options...), 2, 1)
	}
	var seen [][]float32
	for _, align := range train.AlignNames() {
		a := phi(of(`{"align": "` + align + `"}`))
		for _, b := range seen {
			if slices.Equal(a, b) {
				t.Errorf("%s gives another loss's model", align)
			}
		}
		seen = append(seen, a)
	}
	a, b := of(), of(`{"mix": 0.1}`)
	if slices.Equal(a.Kept["phi"][0], b.Kept["phi"][0]) || !slices.Equal(phi(a), phi(b)) {
		t.Error("mix must change the personal models only")
	}
	still := phi(of(`{"lr": 0, "personal_lr": 0}`))
	logits := p.Module(t, "lora").At(nil, still).Forward(nil, p.Test.X, nil).Logits()
	for i, z := range p.Head.ZeroShot(nil, p.Test.X).Data {
		if math.Abs(float64(logits.Data[i]-z)) > 1e-4 {
			t.Fatalf("logit %d is %v, zero-shot %v", i, logits.Data[i], z)
		}
	}
}

// Projecting tensor by tensor and as a whole differ; with a module of one tensor they are the same.
func TestScope(t *testing.T) {
	p := fedtest.New(t, 4)
	for module, same := range map[string]bool{"gate": false, "text-shift": true} {
		a := run(t, p, module, fedtest.Method(t, "fedpurel"), 2, 1)
		b := run(t, p, module, fedtest.Method(t, "fedpurel", `{"scope": "global"}`), 2, 1)
		if slices.Equal(phi(a), phi(b)) != same {
			t.Errorf("%s: scopes give the same model: %v", module, !same)
		}
	}
}

// Clients that do not take part keep their personal models.
func TestPersonalModelsStay(t *testing.T) {
	p := fedtest.New(t, 6)
	m := fedtest.Method(t, "fedpurel")
	before, after := run(t, p, "lora", m, 4, 0.34), run(t, p, "lora", m, 5, 0.34)
	cohort := after.Records[4].Cohort
	for k := range p.Partition.Clients {
		if took := slices.Contains(cohort, k); took == slices.Equal(before.Kept["phi"][k], after.Kept["phi"][k]) {
			t.Errorf("client %d took part: %v, yet its model stayed: %v", k, took, !took)
		}
	}
}

// In two phases the global model is that of stage 1 alone, and personal models move only afterwards, all of them.
func TestTwoPhases(t *testing.T) {
	p := fedtest.New(t, 4)
	phased := fedtest.Method(t, "fedpurel", `{"personal_rounds": 2}`)
	two := func(extra int) fedtest.Outcome {
		plan := fed.Plan{Method: phased, Rounds: 3, Extra: extra, Fraction: 0.5, Workers: 2}
		return fedtest.MustRun(t, p.Home(p.Module(t, "lora")), plan)
	}
	first, second := two(0), two(2)
	if first.Kept["phi"] != nil {
		t.Error("clients have personal models after stage 1")
	}
	if !slices.Equal(phi(first), phi(second)) {
		t.Error("stage 2 moved the global model")
	}
	for k, own := range second.Kept["phi"] {
		if own == nil {
			t.Errorf("client %d has no personal model after stage 2", k)
		}
	}
	if !slices.Equal(phi(run(t, p, "lora", fedtest.Method(t, "fedpurel"), 3, 0.5)), phi(first)) {
		t.Error("the stages' order matters to the global model")
	}
}

// Momentum that leaks from client to client changes the model and does not depend on workers; the very first client's
// steps are those of plain momentum.
func TestCarriedMomentum(t *testing.T) {
	p := fedtest.New(t, 4)
	carry := `{"carry_momentum": true}`
	clean := run(t, p, "gate", fedtest.Method(t, "fedavg"), 3, 1)
	leaky := run(t, p, "gate", fedtest.Method(t, "fedavg", carry), 3, 1)
	if slices.Equal(phi(clean), phi(leaky)) || leaky.State.Own["momentum"] == nil {
		t.Error("carrying the momentum makes no difference")
	}
	one := fedtest.New(t, 1)
	carried := phi(run(t, one, "gate", fedtest.Method(t, "fedavg", carry), 1, 1))
	if !slices.Equal(carried, phi(run(t, one, "gate", fedtest.Method(t, "fedavg"), 1, 1))) {
		t.Error("the very first client already differs")
	}
	for _, name := range []string{"ditto", "fedavg", "fedprox", "fedpurel", "local"} {
		m := fedtest.Method(t, name, carry)
		with := func(workers int) fedtest.Outcome {
			return fedtest.MustRun(t, p.Home(p.Module(t, "lora")), fed.Plan{Method: m, Rounds: 3, Workers: workers})
		}
		fedtest.Identical(t, with(8), with(1))
	}
}

// Dropout changes training and is reproducible.
func TestDropout(t *testing.T) {
	p := fedtest.New(t, 3)
	dropping, err := peft.New("lora", p.Head, peft.LowRank{Rank: 4, Alpha: 8, Dropout: 0.25})
	if err != nil {
		t.Fatal(err)
	}
	train := func(m peft.Module, workers int) []float32 {
		plan := fed.Plan{Rounds: 2, Workers: workers, Method: fedtest.Method(t, "fedpurel")}
		return phi(fedtest.MustRun(t, p.Home(m), plan))
	}
	a := train(dropping, 1)
	if !slices.Equal(a, train(dropping, 3)) || slices.Equal(a, train(p.Module(t, "lora"), 1)) {
		t.Error("dropout depends on workers, or does nothing")
	}
}

// Losses for long tails raise rare classes: predictions of the last classes become more frequent. Every method can wear
// them.
func TestLossIsWorn(t *testing.T) {
	p := fedtest.New(t, 4)
	adjusted, err := train.FindLoss("adjusted")
	if err != nil {
		t.Fatal(err)
	}
	fedlc, err := train.FindLoss("fedlc")
	if err != nil {
		t.Fatal(err)
	}
	of := func(name string, loss fed.Loss) fedtest.Outcome {
		home := p.Home(p.Module(t, "linear"))
		home.Loss = loss
		return fedtest.MustRun(t, home, fed.Plan{Method: fedtest.Method(t, name), Rounds: 10, Workers: 2})
	}
	rare := func(o fedtest.Outcome) (n int) {
		logits := p.Module(t, "linear").At(nil, phi(o)).Forward(nil, p.Test.X, nil).Logits()
		for i := range logits.Rows {
			if f32.Argmax(logits.Row(i)) >= fedtest.Classes/2 {
				n++
			}
		}
		return n
	}
	for _, name := range []string{"ditto", "fedavg", "fedper", "fedprox", "fedpurel", "scaffold"} {
		plain := rare(of(name, fed.Loss{}))
		margins := rare(of(name, fed.Loss{LossEntry: fedlc, Options: train.FedLC{Tau: 3, Form: "softmax"}}))
		if margins <= plain {
			t.Errorf("%s, FedLC: %d test images go to the rarer half of the classes, %d without", name, margins, plain)
		}
		for _, prior := range train.Priors {
			o := of(name, fed.Loss{LossEntry: adjusted, Options: train.Adjust{Tau: 1, Prior: prior}})
			if rare(o) <= plain {
				t.Errorf("%s, %s prior: %d test images go to the rarer half of the classes, %d without",
					name, prior, rare(o), plain)
			}
			if counts := o.State.Shared["counts"]; (counts != nil) != (prior != "local") {
				t.Errorf("%s, %s prior: the server knows class counts %v", name, prior, counts)
			}
		}
	}
}

// Diagnosing FedAvg measures the angle and changes nothing.
func TestDiagnose(t *testing.T) {
	p := fedtest.New(t, 4)
	plain := run(t, p, "lora", fedtest.Method(t, "fedavg"), 2, 1)
	seen := run(t, p, "lora", fedtest.Method(t, "fedavg", `{"diagnose": true}`), 2, 1)
	if !slices.Equal(phi(plain), phi(seen)) {
		t.Error("looking changes the model")
	}
	d := seen.Records[1].Diagnosis
	for _, name := range []string{"angle", "angle/A", "angle/B"} {
		if !(d[name] > 0 && d[name] < 180) {
			t.Errorf("%s is %v", name, d[name])
		}
		if _, there := plain.Records[1].Diagnosis[name]; there {
			t.Errorf("%s is measured without being asked for", name)
		}
	}
	if math.Abs(d["norm_ratio"]-1) > 1e-9 {
		t.Errorf("the gradient changed by %v", d["norm_ratio"])
	}
}
