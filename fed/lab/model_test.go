package lab_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// finished is a run that has ended, and the test images of its cache.
type finished struct {
	*lab.Folder
	test *cache.Split
}

func newFinished(t *testing.T, s lab.Settings, dir string) finished {
	t.Helper()
	mustRun(t, mustSpec(t, lab.Default(), s), dir, lab.How{})
	f, err := lab.Default().Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	held, err := cache.Open(f.Spec.Cache)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = held.Close() })
	test, err := held.Split("test")
	if err != nil {
		t.Fatal(err)
	}
	return finished{f, test}
}

// count adds what a model predicts on test rows to counts.
func (f finished) count(t *testing.T, into metric.Counts, m *lab.Model, rows []int) {
	t.Helper()
	x := f32.New(len(rows), m.Columns())
	if err := f.test.Gather(x, rows); err != nil {
		t.Fatal(err)
	}
	logits := m.Logits(nil, x)
	for i, r := range rows {
		into.Add(int(f.test.Labels()[r]), f32.Argmax(logits.Row(i)))
	}
}

// model opens a run's model; nil if there is none for everybody.
func (f finished) model(t *testing.T, client string) *lab.Model {
	t.Helper()
	m, err := f.Model(client)
	if err != nil && client == "" && strings.Contains(err.Error(), "has no global model") {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Models predict what the evaluator counted: globally, and each client's on its own test images.
func (f finished) check(t *testing.T) {
	t.Helper()
	n := len(f.Result.Classes)
	all := make([]int, f.test.Len())
	for i := range all {
		all[i] = i
	}
	global, personal := metric.NewCounts(n), metric.NewCounts(n)
	everybody := f.model(t, "")
	if everybody != nil {
		f.count(t, global, everybody, all)
	}
	for k, shard := range f.Partition.Clients {
		name := f.Partition.Name(k)
		if name == "" {
			name = fmt.Sprint(k + 1)
		}
		own := f.model(t, name)
		f.count(t, personal, own, shard.Test)
		if everybody == nil {
			f.count(t, global, own, all)
		}
	}
	for name, got := range map[string]metric.Counts{"global": global, "personal": personal} {
		if want := f.Result.PerClass[name]; !reflect.DeepEqual(got, want) {
			t.Errorf("%s predicts %v, evaluated %v", name, got, want)
		}
	}
}

// TestModels: every method, with modules with and without a head, before and after the visual projection, and all that
// changes what models predict.
func TestModels(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	for _, method := range tables.Methods {
		for _, module := range tables.Modules {
			if !fits(method, module) {
				continue
			}
			t.Run(method.Name+"/"+module.Name, func(t *testing.T) {
				s := b.base(lab.Settings{"method": method.Name, "module": module.Name})
				if method.Name == "local" { // its global figures are of the clients that took part
					s["fraction"] = 1
				}
				newFinished(t, s, b.path("run-"+method.Name+module.Name)).check(t)
			})
		}
	}
	for name, s := range map[string]lab.Settings{
		"wise":         {"method": "fedpurel", "module": "gate", "wise": 0.5},
		"adjusted":     {"method": "ditto", "post_adjust": 2},
		"natural":      {"method": "fedper", "module": "linear", "partition": "natural"},
		"projected":    {"method": "fedpurel", "module": "lora", "cache": b.path("wide")},
		"zero-shot":    {"method": "zeroshot", "cache": b.path("wide")},
		"carried":      {"method": "fedpurel", "carry_momentum": true, "personal_rounds": 1},
		"from the one": {"method": "fedpurel", "personal_start": "global"},
	} {
		t.Run(name, func(t *testing.T) {
			newFinished(t, b.base(s), b.path("run-"+strings.ReplaceAll(name, " ", "-"))).check(t)
		})
	}
}

// Clients that do not exist are named with those that do.
func TestUnknownClient(t *testing.T) {
	b := newBench(t)
	named := newFinished(t, b.base(lab.Settings{"method": "fedavg", "partition": "natural"}), b.path("named"))
	numbered := newFinished(t, b.base(lab.Settings{"method": "local"}), b.path("numbered"))
	for _, c := range []struct {
		f           finished
		client, say string
	}{
		{named, "persn1", `unknown client "persn1"; did you mean person1? known: person0, person1, person2, person3`},
		{named, "1", `unknown client "1"; known: person0`},
		{numbered, "0", `unknown client "0"; known: 1 to 4`},
		{numbered, "person1", `unknown client "person1"; known: 1 to 4`},
		{numbered, "", `--method local has no global model; name one of its clients: 1 to 4`},
	} {
		_, err := c.f.Model(c.client)
		if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%q: %v, want %s", c.client, err, c.say)
		}
	}
}
