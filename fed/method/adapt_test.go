package method_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/method/personal"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Every method fits clients that never took part: from any number of workers alike, each alone, and the state of the
// run stays as it is.
func TestAdapt(t *testing.T) {
	for _, e := range method.Methods {
		if e.New == nil {
			continue
		}
		for _, name := range fedtest.Modules() {
			p := fedtest.New(t, 5)
			module := p.Module(t, name)
			m := fedtest.Method(t, e.Name)
			if method.Fits(m, module) != nil {
				continue
			}
			module = method.On(m, module)
			newcomers := make([]partition.Shard, 5)
			copy(newcomers[3:], p.Partition.Clients[3:])
			p.Partition.Clients = p.Partition.Clients[:3]
			state := fedtest.MustRun(t, p.Home(module), fed.Plan{Method: m, Rounds: 2}).State
			before := slices.Clone(state.Shared["phi"])
			fit := func(workers int, clients ...int) map[int][]float32 {
				home := fed.NewHome(module, p.Head, p.Train, newcomers, fedtest.Seed)
				defer home.Kept.Close()
				times, err := fed.Adapt(t.Context(), home, fed.Adaptation{
					Method: m, State: state, Clients: clients, Rounds: 2, Workers: workers,
				})
				if err != nil || times < 1 || times > 2 {
					t.Fatalf("%s on %s: %d times, %v", e.Name, name, times, err)
				}
				models := map[int][]float32{}
				for _, k := range clients {
					if !home.Kept.Has(k) {
						t.Errorf("%s on %s: client %d keeps nothing", e.Name, name, k)
					}
					c := home.Client(t.Context(), k)
					for _, part := range m.Personal(c, state.Shared) {
						phi, err := part.Phi(nil)
						if err != nil {
							t.Fatal(err)
						}
						models[k] = append(models[k], phi...)
					}
					c.Release()
				}
				return models
			}
			both := fit(2, 3, 4)
			if !reflect.DeepEqual(both, fit(1, 3, 4)) || !slices.Equal(both[4], fit(1, 4)[4]) {
				t.Errorf("%s on %s: a client's model depends on others, or on workers", e.Name, name)
			}
			if !slices.Equal(before, state.Shared["phi"]) {
				t.Errorf("%s on %s: the state has changed", e.Name, name)
			}
			if slices.Equal(both[3], both[4]) {
				t.Errorf("%s on %s: two clients have one model", e.Name, name)
			}
		}
	}
}

// A newcomer of FedPer learns a head, and nothing else.
func TestFedPerAdaptsTheHead(t *testing.T) {
	p := fedtest.New(t, 3)
	module, m := p.Module(t, "lora-head"), fedtest.Method(t, "fedper", `{"diagnose": true}`).(*personal.FedPer)
	state := fedtest.MustRun(t, p.Home(module), fed.Plan{Method: m, Rounds: 2}).State
	home := p.Home(module)
	defer home.Kept.Close()
	plan := fed.Adaptation{Method: m, State: state, Clients: []int{1}, Rounds: 3}
	if _, err := fed.Adapt(t.Context(), home, plan); err != nil {
		t.Fatal(err)
	}
	c := home.Client(t.Context(), 1)
	defer c.Release()
	own, err := m.Personal(c, state.Shared)[0].Phi(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tensor := range module.Layout() {
		moved := f32.Distance(tensor.Slice(own), tensor.Slice(state.Shared["phi"])) > 0
		private := slices.Contains(module.(peft.Headed).Head(), tensor)
		if moved != private {
			t.Errorf("tensor %s: moved %v, private %v", tensor.Name, moved, private)
		}
	}
}
