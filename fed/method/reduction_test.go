package method_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/f32"
)

// Methods whose own term is off are the method that they extend, bit for bit.
func TestReductions(t *testing.T) {
	for _, module := range []string{"gate", "lora-head", "text-lora"} {
		t.Run(module, func(t *testing.T) {
			p := fedtest.New(t, 5)
			of := func(name string, options ...string) fedtest.Outcome {
				return run(t, p, module, fedtest.Method(t, name, options...), 4, 0.5)
			}
			equal := func(what string, a, b []float32) {
				t.Helper()
				if !slices.Equal(a, b) {
					t.Errorf("%s: %v apart", what, f32.Distance(a, b))
				}
			}
			avg, local := of("fedavg"), of("local")
			equal("FedPuReL with λ = 0 is FedAvg", phi(of("fedpurel", `{"purify_lambda": 0}`)), phi(avg))
			equal("FedProx with μ = 0 is FedAvg", phi(of("fedprox", `{"mu": 0}`)), phi(avg))
			ditto := of("ditto", `{"ditto_lambda": 0}`)
			equal("Ditto's global model is FedAvg", phi(ditto), phi(avg))
			equal("Ditto's global model is FedAvg for every λ", phi(of("ditto", `{"ditto_lambda": 0.7}`)), phi(avg))
			for k, own := range local.Kept["phi"] {
				equal("Ditto with λ = 0 is local training", ditto.Kept["phi"][k], own)
			}
			equal("FedPer with nothing private is FedAvg", phi(of("fedper", `{"private": ""}`)), phi(avg))
			for what, o := range map[string]fedtest.Outcome{
				"μ": of("fedprox", `{"mu": 0.5}`), "λ": of("fedpurel"),
				"control variates": of("scaffold", `{"momentum": 0.9}`),
			} {
				if slices.Equal(phi(o), phi(avg)) {
					t.Errorf("%s makes no difference", what)
				}
			}
		})
	}
}

// FedPer with everything private trains every client as local does, for the rounds that it takes part in.
func TestFedPerWithEverythingPrivateIsLocal(t *testing.T) {
	p := fedtest.New(t, 5)
	per := run(t, p, "lora", fedtest.Method(t, "fedper", `{"private": "A,B"}`), 4, 0.5)
	local := run(t, p, "lora", fedtest.Method(t, "local"), 4, 0.5)
	for k, own := range local.Kept["phi"] {
		if !slices.Equal(per.Kept["private"][k], own) {
			t.Errorf("client %d differs from local training", k)
		}
	}
}

// SCAFFOLD's first round has no control variates yet: with equal sizes it is FedAvg with plain SGD. One client has no
// drift to correct, in any round: the correction is what FedAvg's own gradient was, twice.
func TestScaffoldBeginsAsFedAvg(t *testing.T) {
	plain := `{"momentum": 0, "weight_decay": 0}`
	p := fedtest.New(t, 4)
	least := 10000
	for _, s := range p.Partition.Clients {
		least = min(least, len(s.Train))
	}
	for k := range p.Partition.Clients {
		p.Partition.Clients[k].Train = p.Partition.Clients[k].Train[:least]
	}
	both := func(rounds int) (fedtest.Outcome, fedtest.Outcome) {
		return run(t, p, "lora", fedtest.Method(t, "fedavg", plain), rounds, 1),
			run(t, p, "lora", fedtest.Method(t, "scaffold"), rounds, 1)
	}
	a, b := both(1)
	if !slices.Equal(phi(a), phi(b)) {
		t.Errorf("the first round is %v away from FedAvg", f32.Distance(phi(a), phi(b)))
	}
	p = fedtest.New(t, 1)
	a, b = both(4)
	if d := f32.Distance(phi(a), phi(b)); d > 1e-6*f32.Norm(phi(a)) {
		t.Errorf("one client ends %v away from FedAvg", d)
	}
	p = fedtest.New(t, 5)
	p.Partition.Clients = append(p.Partition.Clients, partition.Shard{}) // which never takes part
	o := run(t, p, "gate", fedtest.Method(t, "scaffold"), 5, 0.6)
	mean := make([]float64, len(phi(o)))
	for _, c := range o.Kept["control"] {
		for i, v := range c {
			mean[i] += float64(v) / 5
		}
	}
	var off, size float64
	for i, v := range o.State.Shared["control"] {
		off, size = max(off, math.Abs(mean[i]-float64(v))), max(size, math.Abs(mean[i]))
	}
	if off > 1e-5*size || size == 0 {
		t.Errorf("c is up to %v off the mean of all c_k, which reach %v", off, size)
	}
}

// fixture is a problem of three clients on a linear head, with what methods make of it in float64, computed
// independently.
type fixture struct {
	S       float64
	Eta     float64
	Steps   int
	Cohorts [][]int
	T       [][]float32
	X       [][][]float32
	Y       [][]int32
	Methods map[string]struct {
		Mu, Lambda   float64
		Global       [][]float64
		GlobalLast   []float64   `json:"global_last"`
		PersonalLast [][]float64 `json:"personal_last"`
		C            [][]float64
		CkLast       [][]float64 `json:"c_k_last"`
		HeadLast     [][]float64 `json:"head_last"`
	}
}

// scripted draws the cohorts that a fixture prescribes.
type scripted struct {
	fed.Method
	cohorts [][]int
	seen    func(r *fed.Round)
}

func (m scripted) Round(r *fed.Round) error {
	r.Cohort = m.cohorts[r.Index]
	err := m.Method.Round(r)
	m.seen(r)
	return err
}

// Methods reproduce numbers that were computed without this program.
func TestFixture(t *testing.T) {
	f := read[fixture](t, "methods.json")
	for name, want := range f.Methods {
		t.Run(name, func(t *testing.T) {
			options, err := json.Marshal(map[string]any{
				"lr": f.Eta, "momentum": 0, "weight_decay": 0, "batch": 100, "epochs": f.Steps,
				"mu": want.Mu, "ditto_lambda": want.Lambda,
			})
			if err != nil {
				t.Fatal(err)
			}
			m := scripted{Method: fedtest.Method(t, name, string(options)), cohorts: f.Cohorts}
			m.seen = func(r *fed.Round) {
				if want.Global != nil {
					near(t, "φ", r.Shared["phi"], want.Global[r.Index])
				}
				if want.C != nil {
					near(t, "c", r.Shared["control"], want.C[r.Index])
				}
			}
			o := fedtest.MustRun(t, f.home(t, nil), fed.Plan{Method: m, Rounds: len(f.Cohorts), Workers: 2})
			if want.GlobalLast != nil {
				near(t, "φ in the end", phi(o), want.GlobalLast)
			}
			for k, v := range want.PersonalLast {
				near(t, "v_k", o.Kept["phi"][k], v)
			}
			for k, v := range want.CkLast {
				near(t, "c_k", o.Kept["control"][k], v)
			}
			for k, v := range want.HeadLast {
				near(t, "h_k", o.Kept["head"][k], v)
			}
		})
	}
}
