package method_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/fed/method/personal"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/seed"
)

// run executes rounds of a method on a module of the problem.
func run(
	t *testing.T, p *fedtest.Problem, module string, m method.Method, rounds int, fraction float64,
) fedtest.Outcome {
	t.Helper()
	plan := fed.Plan{Method: m, Rounds: rounds, Fraction: fraction, Workers: 2}
	return fedtest.MustRun(t, p.Home(method.On(m, p.Module(t, module))), plan)
}

func phi(o fedtest.Outcome) []float32 { return o.State.Shared["phi"] }

// TestTable runs every method of the table on every module: it works, twice the same, and its models are what it says
// they are.
func TestTable(t *testing.T) {
	if !slices.IsSorted(method.Names()) {
		t.Errorf("the table is not in name order: %v", method.Names())
	}
	for _, e := range method.Methods {
		if found, err := method.Find(e.Name); err != nil || found.Doc == "" {
			t.Errorf("find %s: %+v, %v", e.Name, found, err)
		}
		if e.New == nil {
			continue
		}
		for _, name := range fedtest.Modules() {
			p := fedtest.New(t, 5)
			module, m := p.Module(t, name), fedtest.Method(t, e.Name)
			if method.Fits(m, module) != nil {
				continue
			}
			home := p.Home(method.On(m, module))
			a := fedtest.MustRun(t, home, fed.Plan{Method: m, Rounds: 3, Fraction: 0.6, Workers: 2})
			fedtest.Identical(t, run(t, p, name, m, 3, 0.6), a)
			moved := f32.Distance(phi(a), home.Initial) > 0
			if global := m.Global(a.State.Shared); moved != (global != nil) {
				t.Errorf("%s on %s: the global parameters moved: %v, its model is %v", e.Name, name, moved, global)
			}
			keeps := 0
			for _, vectors := range a.Kept {
				for _, v := range vectors {
					if v != nil {
						keeps++
					}
				}
			}
			if keeps == 0 {
				t.Errorf("%s on %s: no client keeps anything", e.Name, name)
			}
		}
	}
	if _, err := method.Find("fedsgd"); fault.KindOf(err) != fault.Usage {
		t.Errorf("unknown method: %v", err)
	}
}

// Every option has a name and a text, the defaults are valid, and a number that is none or negative is refused.
func TestOptions(t *testing.T) {
	for _, e := range method.Methods {
		if e.New == nil {
			continue
		}
		if err := e.New(fedtest.Rates).Validate(); err != nil {
			t.Errorf("%s: %v", e.Name, err)
		}
		each(reflect.ValueOf(e.New(fedtest.Rates)).Elem(), func(f reflect.StructField, _ reflect.Value) {
			if f.Tag.Get("json") == "" || f.Tag.Get("usage") == "" {
				t.Errorf("%s: option %s has no name or no text", e.Name, f.Name)
			}
		})
		spoil := func(kind reflect.Kind, set func(reflect.Value)) {
			i := 0
			for more := true; more; i++ {
				m, at := e.New(fedtest.Rates), 0
				more = false
				var name string
				each(reflect.ValueOf(m).Elem(), func(f reflect.StructField, v reflect.Value) {
					if f.Type.Kind() == kind && f.Tag.Get("json") != "private" { // tensors: checked against the module
						if at == i {
							name, more = f.Name, true
							set(v)
						}
						at++
					}
				})
				if more && fault.KindOf(m.Validate()) != fault.Usage {
					t.Errorf("%s: a bad %s: %v", e.Name, name, m.Validate())
				}
			}
		}
		spoil(reflect.Float64, func(v reflect.Value) { v.SetFloat(-0.1) })
		spoil(reflect.Int, func(v reflect.Value) { v.SetInt(-1) })
		spoil(reflect.String, func(v reflect.Value) { v.SetString("nonsense") })
	}
}

// each visits the options of a struct.
func each(v reflect.Value, visit func(reflect.StructField, reflect.Value)) {
	for i := range v.NumField() {
		switch f := v.Type().Field(i); {
		case f.Anonymous:
			each(v.Field(i), visit)
		default:
			visit(f, v.Field(i))
		}
	}
}

// FedAvg with one client is centralised SGD, written here by hand.
func TestOneClientIsCentralised(t *testing.T) {
	p := fedtest.New(t, 1)
	m := fedtest.Method(t, "fedavg").(*frame.FedAvg)
	module := p.Module(t, "gate")
	home := p.Home(module)
	got := phi(fedtest.MustRun(t, home, fed.Plan{Method: m, Rounds: 2}))
	want := slices.Clone(home.Initial)
	rule := f32.Descent{LR: float32(m.LR), Momentum: float32(m.Momentum), Decay: float32(m.WeightDecay)}
	for round := range uint64(2) {
		rows := slices.Clone(p.Partition.Clients[0].Train)
		order := fedtest.Seed.Stream(seed.Shuffle, round, 0, 1)
		order.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		momentum := make([]float32, len(want))
		for batch := range slices.Chunk(rows, m.Batch) {
			x, y := f32.New(len(batch), fedtest.Dim), make([]int32, len(batch))
			for i, r := range batch {
				copy(x.Row(i), p.Train.X.Row(r))
				y[i] = p.Train.Y[r]
			}
			at := module.At(nil, want).Forward(nil, x, nil)
			d, g := f32.New(len(batch), fedtest.Classes), make([]float32, len(want))
			train.CrossEntropy(d, at.Logits(), y)
			at.Backward(nil, g, d)
			rule.Step(want, momentum, g)
		}
	}
	if !slices.Equal(want, got) {
		t.Errorf("FedAvg ends %v away from centralised training", f32.Distance(want, got))
	}
}

// With one client in the cohort its parameters become the global ones.
func TestCohortOfOne(t *testing.T) {
	p := fedtest.New(t, 5)
	o := run(t, p, "lora", fedtest.Method(t, "fedavg"), 4, 1e-9)
	last := o.Records[3]
	if !slices.Equal(phi(o), o.Kept["phi"][last.Cohort[0]]) {
		t.Errorf("the average of client %v differs from its parameters", last.Cohort)
	}
	if last.Diagnosis["drift"] <= 0 || last.Diagnosis["drift_new"] > 1e-4*last.Diagnosis["drift"] {
		t.Errorf("diagnosis %v", last.Diagnosis)
	}
}

// Several epochs go on where one ends: with one batch an epoch and no momentum, two epochs are the steps of two rounds
// of one client, but for the batches' order.
func TestEpochs(t *testing.T) {
	p := fedtest.New(t, 1)
	whole := `{"batch": 10000, "momentum": 0}`
	two := phi(run(t, p, "linear", fedtest.Method(t, "fedavg", whole, `{"epochs": 2}`), 1, 1))
	one := phi(run(t, p, "linear", fedtest.Method(t, "fedavg", whole), 2, 1))
	still := slices.Equal(one, p.Home(p.Module(t, "linear")).Initial)
	if d := f32.Distance(one, two); d > 1e-5*f32.Norm(one) || still {
		t.Errorf("two epochs end %v away from two rounds", d)
	}
	if slices.Equal(two, phi(run(t, p, "linear", fedtest.Method(t, "fedavg", whole), 1, 1))) {
		t.Error("the second epoch does nothing")
	}
}

// FedPer refuses a module without a head, and names of tensors that are not there.
func TestFedPerFits(t *testing.T) {
	p := fedtest.New(t, 2)
	for _, c := range []struct {
		module, private string
		ok              bool
	}{
		{"linear", "head", true}, {"lora-head", "head", true}, {"lora", "head", false},
		{"lora", "B", true}, {"lora", "B, A", true}, {"lora", "C", false}, {"lora", "", true},
		{"lora", "B, head", true}, {"lora-head", "B, head", true}, {"linear", "B, head", false},
		{"gate", "head, head", false},
	} {
		m := fedtest.Method(t, "fedper").(*personal.FedPer)
		m.Names = c.private
		err := m.Fits(p.Module(t, c.module))
		if (err == nil) != c.ok || err != nil && fault.KindOf(err) != fault.Usage {
			t.Errorf("%q private in %s: %v", c.private, c.module, err)
		}
	}
}
