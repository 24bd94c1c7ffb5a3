package method_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// read is a file of testdata.
func read[T any](t *testing.T, name string) (v T) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// home is where the fixture's clients live, with what a method makes of the linear head.
func (f fixture) home(t *testing.T, m method.Method) *fed.Home {
	t.Helper()
	text, memory := f32.New(3, 4), &fedtest.Memory{X: f32.New(9, 4)}
	for c, row := range f.T {
		copy(text.Row(c), row)
	}
	var shards []partition.Shard
	for k := range f.X {
		var s partition.Shard
		for i, x := range f.X[k] {
			row := len(memory.Y)
			copy(memory.X.Row(row), x)
			memory.Y = append(memory.Y, f.Y[k][i])
			s.Train = append(s.Train, row)
		}
		shards = append(shards, s)
	}
	head := peft.Head{Text: text, Scale: float32(f.S)}
	module, err := peft.New("linear", head, nil)
	if err != nil {
		t.Fatal(err)
	}
	if m != nil {
		module = method.On(m, module)
	}
	return fed.NewHome(module, head, memory, shards, 1)
}

// wanted is what a method makes of the fixture's problem under options: what it shares after each round, as phi and as
// what is sent next, and what the clients keep in the end.
type wanted struct {
	Options      map[string]any
	Global, Sent [][]float64
	Last         []float64 // of Global
	Kept         map[string][][]float64
}

// Methods with a state of their own reproduce numbers that were computed without this program, in float64.
func TestStateFixture(t *testing.T) {
	f := read[fixture](t, "methods.json")
	for name, want := range read[map[string]wanted](t, "rivals.json") {
		t.Run(name, func(t *testing.T) {
			plain := map[string]any{
				"lr": f.Eta, "momentum": 0, "weight_decay": 0, "batch": 100, "epochs": f.Steps,
			}
			for option, value := range want.Options {
				plain[option] = value
			}
			options, err := json.Marshal(plain)
			if err != nil {
				t.Fatal(err)
			}
			name, _, _ := strings.Cut(name, ",")
			m := scripted{Method: fedtest.Method(t, name, string(options)), cohorts: f.Cohorts}
			m.seen = func(r *fed.Round) {
				if r.Index < len(want.Global) {
					near(t, "φ", r.Shared["phi"], want.Global[r.Index])
				}
				if r.Index < len(want.Sent) {
					sent := append([]float32{}, r.Shared["phi"]...)
					f32.Axpy(1, r.Own["moved"], sent)
					near(t, "what is sent", sent, want.Sent[r.Index])
				}
			}
			plan := fed.Plan{Method: m, Rounds: len(f.Cohorts), Workers: 2}
			o := fedtest.MustRun(t, f.home(t, m.Method.(method.Method)), plan)
			if want.Last != nil {
				near(t, "φ in the end", phi(o), want.Last)
			}
			for kept, clients := range want.Kept {
				for k, v := range clients {
					near(t, kept, o.Kept[kept][k], v)
				}
			}
		})
	}
}

// near compares with numbers of ten digits.
func near(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i, v := range got {
		if d := math.Abs(float64(v) - want[i]); d > 2e-6 {
			t.Errorf("%s: value %d is %v, want %v", what, i, v, want[i])
		}
	}
}
