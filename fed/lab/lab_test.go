package lab_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

func mustSpec(t *testing.T, tables lab.Tables, s lab.Settings) lab.Spec {
	t.Helper()
	spec, err := tables.Spec(s)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func mustRun(t *testing.T, s lab.Spec, dir string, how lab.How) *metric.Result {
	t.Helper()
	r, err := lab.Run(context.Background(), s, dir, how)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// asJSON is what v is on disk: what is NaN compares equal.
func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A spec is a spec file: it resolves to itself, whatever the plug-ins.
func TestSpecIsASpecFile(t *testing.T) {
	tables, path := lab.Default(), filepath.Join(t.TempDir(), "spec.json")
	for _, preset := range tables.PresetNames() {
		for _, method := range tables.Methods {
			for _, module := range tables.Modules {
				if !fits(method, module) {
					continue
				}
				spec := mustSpec(t, tables, lab.Settings{
					"cache": "c", "preset": preset, "method": method.Name, "module": module.Name,
					"data_seed": uint64(1<<64 - 1),
				})
				if err := os.WriteFile(path, []byte(asJSON(t, spec)), 0o644); err != nil {
					t.Fatal(err)
				}
				read, err := tables.ReadSettings(path)
				if err != nil {
					t.Fatal(err)
				}
				if again := mustSpec(t, tables, read); asJSON(t, again) != asJSON(t, spec) {
					t.Errorf("%s comes back as %s", asJSON(t, spec), asJSON(t, again))
				}
			}
		}
	}
}

// TestPrecedence: defaults < preset < settings, and what is open is the module's own.
func TestPrecedence(t *testing.T) {
	tables := lab.Default()
	for _, c := range []struct {
		given lab.Settings
		lr    float64
		mix   float64
	}{
		{nil, 0.0025, 0.9},
		{lab.Settings{"module": "residual"}, 0.04, 0.9},
		{lab.Settings{"preset": "released"}, 0.001, 0.99},
		{lab.Settings{"preset": "released", "module": "gate"}, 0.001, 0},
		{lab.Settings{"preset": "released", "lr": 0.0, "mix": 0.5}, 0, 0.5},
	} {
		if s := mustSpec(t, tables, c.given); s.Value("lr") != c.lr || s.Value("mix") != c.mix {
			t.Errorf("%v: lr %v, mix %v", c.given, s.Value("lr"), s.Value("mix"))
		}
	}
}

// TestCompare: shared options are for whom they concern; variants stand on them, with presets of their own.
func TestCompare(t *testing.T) {
	tables := lab.Default()
	variants := []lab.Settings{
		{"label": "a", "method": "fedpurel", "preset": "released", "module": "gate"},
		{"label": "b", "module": "text-shift"},
	}
	shared := lab.Settings{"cache": "c", "mix": 0.3, "diagnose": true, "lr": 0.5, "seed": 4, "label": "x"}
	specs, err := tables.Compare(shared, []string{"zeroshot", "fedavg"}, variants, []uint64{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range specs {
		got = append(got, asJSON(t, []any{s.Method, s.Label, s.Seed, s.Value("lr"), s.Value("mix"), s.Value("align")}))
	}
	want := []string{
		`["zeroshot","",1,null,null,null]`, `["fedavg","",1,0.5,null,null]`, `["fedavg","",2,0.5,null,null]`,
		`["fedpurel","a",1,0.001,0,"kl"]`, `["fedpurel","a",2,0.001,0,"kl"]`,
		`["fedpurel","b",1,0.5,0.3,"tkl"]`, `["fedpurel","b",2,0.5,0.3,"tkl"]`,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	if a, b := specs[3].Folder("out"), specs[4].Folder("out"); a == b || filepath.Dir(a) != filepath.Dir(b) {
		t.Errorf("folders %s and %s", a, b)
	}
	for _, c := range []struct {
		shared  lab.Settings
		variant lab.Settings
		say     string
	}{
		{lab.Settings{"hidden": 3}, nil, "--hidden is read by --module residual, residual-head; none of the runs"},
		{nil, lab.Settings{"method": "fedavg", "mix": 0.3},
			"--mix is read by --method fedpurel and --personal residual; --method fedavg"},
		{lab.Settings{"hiden": 3}, nil, "unknown field"},
		{nil, lab.Settings{"rounds": 0}, "--rounds 0"},
	} {
		_, err := tables.Compare(c.shared, []string{"fedavg"}, []lab.Settings{c.variant}, []uint64{1})
		if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%v, %v: %v, want %q", c.shared, c.variant, err, c.say)
		}
	}
}

// A run is the same in memory, in a folder, and interrupted and continued; its folder can be evaluated and verified.
func TestRunFolders(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	spec := mustSpec(t, tables, b.base(lab.Settings{"rounds": 4}))
	whole := mustRun(t, spec, b.path("whole"), lab.How{Program: "test"})
	if memory := mustRun(t, spec, "", lab.How{Workers: 3}); asJSON(t, memory) != asJSON(t, whole) {
		t.Error("a run in memory is another one")
	}
	ctx, stop := context.WithCancel(context.Background())
	_, err := lab.Run(ctx, spec, b.path("broken"), lab.How{Observe: func(rec metric.Round) {
		if rec.Round == 2 {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	if f, err := tables.Open(b.path("broken")); err != nil || f.Result != nil {
		t.Errorf("an unfinished run: %v, %v", f, err)
	}
	again := mustRun(t, spec, b.path("broken"), lab.How{Resume: true})
	if asJSON(t, again) != asJSON(t, whole) {
		t.Error("an interrupted run is another one")
	}
	if _, err := lab.Run(context.Background(), spec, b.path("whole"), lab.How{}); fault.KindOf(err) != fault.Usage {
		t.Errorf("a folder that holds a run: %v", err)
	}
	other := mustSpec(t, tables, b.base(lab.Settings{"rounds": 4, "mix": 0.1}))
	_, err = lab.Run(context.Background(), other, b.path("whole"), lab.How{Resume: true})
	if err == nil || !strings.Contains(err.Error(), "mix is 0.1, was 0.9") {
		t.Errorf("another spec: %v", err)
	}
	f, err := tables.Open(b.path("whole"))
	if err != nil {
		t.Fatal(err)
	}
	if asJSON(t, f.Spec) != asJSON(t, spec) || asJSON(t, f.Result) != asJSON(t, whole) || f.Env.Program != "test" {
		t.Error("the folder says something else")
	}
	if err := f.Verify(context.Background(), nil); err != nil {
		t.Error(err)
	}
	r, err := f.Evaluate(context.Background(), "", 2)
	if err != nil || asJSON(t, r.Last) != asJSON(t, whole.Last) || r.Rounds != 4 {
		t.Errorf("evaluated again: %v", err)
	}
}

// Specs of older programs held all options there are. Their folders can be read; new settings like them are refused.
func TestOlderSpec(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	spec := mustSpec(t, tables, b.base(lab.Settings{"method": "fedavg"}))
	mustRun(t, spec, b.path("run"), lab.How{})
	path := filepath.Join(b.path("run"), lab.SpecFile)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.Replace(data, []byte("{"), []byte(`{"hidden": 128, "mix": 0.9, "shards": 2,`), 1)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := tables.Open(b.path("run"))
	if err != nil || asJSON(t, f.Spec) != asJSON(t, spec) {
		t.Errorf("%v", err)
	}
	s, err := tables.ReadSettings(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tables.Spec(s); fault.KindOf(err) != fault.Usage {
		t.Errorf("options that nothing reads: %v", err)
	}
}

// still is a method from outside: no client is asked, and the global parameters jump to zero-shot and away from it.
type still struct {
	fed.Simple
	Noise float64 `json:"noise" usage:"how loud"`
}

func (s *still) Validate() error    { return nil }
func (s *still) Stages() fed.Stages { return nil }
func (s *still) Round(r *fed.Round) error {
	phi := slices.Clone(r.Shared["phi"])
	phi[0] += float32(s.Noise)
	r.Shared["phi"] = phi
	return nil
}

// halves is a partitioner from outside: client 0 owns all but a row for each other one.
type halves struct{}

func (halves) Validate() error { return nil }

func (halves) Split(d partition.Data) (partition.Deal, error) {
	deal := partition.Deal{Train: make([][]int, d.Clients), Test: make([][]int, d.Clients)}
	for c, rows := range d.Train {
		for i, r := range rows {
			if k := c*len(rows) + i; k < d.Clients {
				deal.Train[k] = append(deal.Train[k], r)
			} else {
				deal.Train[0] = append(deal.Train[0], r)
			}
		}
		deal.Test[0] = append(deal.Test[0], d.Test[c]...)
	}
	return deal, nil
}

// TestOwnPlugins: a program adds rows to the tables, with options of their own; the built-in tables stay as they are.
func TestOwnPlugins(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	tables.Methods = append(tables.Methods, method.Entry{
		Name: "still", New: func(peft.Entry) method.Method { return &still{Noise: 0.5} },
	})
	tables.Partitions = append(tables.Partitions, partition.Kind{
		Name: "halves", LocalTest: "whatever", New: func() partition.Partitioner { return halves{} },
	})
	given := lab.Settings{
		"cache": b.path("cache"), "method": "still", "partition": "halves", "clients": 3, "rounds": 2, "noise": 0,
	}
	r := mustRun(t, mustSpec(t, tables, given), b.path("own"), lab.How{})
	global, zero := r.PerClass["global"], r.PerClass["zero_shot"]
	if !reflect.DeepEqual(global, zero) || !strings.Contains(r.Partition, "halves over 3") {
		t.Errorf("%s: %v, zero-shot %v", r.Partition, global, zero)
	}
	if f, err := tables.Open(b.path("own")); err != nil || f.Spec.Value("noise") != 0.0 {
		t.Errorf("read again: %v", err)
	}
	if _, err := lab.Default().Open(b.path("own")); fault.KindOf(err) != fault.Usage {
		t.Errorf("without the rows: %v", err)
	}
	if _, err := tables.Spec(lab.Settings{"noise": 1}); err == nil || !strings.Contains(err.Error(), "--method still") {
		t.Errorf("an option of the new row: %v", err)
	}
}
