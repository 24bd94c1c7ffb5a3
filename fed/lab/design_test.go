package lab_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Which seeds a comparison goes over follows from what was named, and from whether data seeds draw anything.
func TestDesign(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	writeSites(t, b.path("sites"), everything)
	if err := writeSome(b.path("sample"), cache.DataInfo{Format: "x", Name: cache.Sample}, everything); err != nil {
		t.Fatal(err)
	}
	division, err := lab.Divide(mustSpec(t, tables, b.base(nil)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(b.path("p.json"), []byte(asJSON(t, division.Partition)), 0o644); err != nil {
		t.Fatal(err)
	}
	type seeds = []uint64
	type design = lab.Design
	two, five := seeds{1, 2}, seeds{1, 2, 3, 4, 5}
	dealt, sites := lab.Settings{"cache": b.path("cache"), "clients": 4}, lab.Settings{"cache": b.path("sites")}
	sampled, absent := with(dealt, "cache", b.path("sample")), with(dealt, "cache", b.path("none"))
	filed := lab.Settings{"cache": b.path("cache"), "partition_file": b.path("p.json")}
	for name, c := range map[string]struct {
		given        lab.Settings
		design, want design
		say          string // of a note, or of a refusal if nothing is wanted
	}{
		"neither":           {dealt, design{}, design{Data: five, Training: two}, ""},
		"training":          {dealt, design{Training: seeds{7}}, design{Data: seeds{1}, Training: seeds{7}}, ""},
		"data":              {dealt, design{Data: seeds{3, 4}}, design{Data: seeds{3, 4}, Training: two}, ""},
		"one data seed":     {dealt, design{Data: seeds{3}}, design{Data: seeds{3}, Training: five}, ""},
		"both":              {dealt, design{Data: two, Training: five}, design{Data: two, Training: five}, ""},
		"nothing drawn":     {sites, design{}, design{Data: seeds{1}, Training: five}, "neither the long tail nor"},
		"refused":           {sites, design{Data: two}, design{}, "change nothing here"},
		"drawn after all":   {with(sites, "unseen", 1), design{}, design{Data: five, Training: two}, ""},
		"a partition":       {filed, design{}, design{Data: seeds{1}, Training: five}, ""},
		"not made":          {filed, design{Data: seeds{2}}, design{}, "p.json is one that is made"},
		"the sample":        {sampled, design{}, design{Data: seeds{1}, Training: five}, ""},
		"no cache, for now": {absent, design{}, design{Data: five, Training: two}, ""},
	} {
		specs, err := tables.Compare(c.given, []string{"zeroshot", "fedavg"}, nil, seeds{1})
		if err != nil {
			t.Fatal(err)
		}
		got, note, err := c.design.Complete(t.Context(), specs)
		if c.want.Data == nil {
			if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), c.say) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got.Data, c.want.Data) || !slices.Equal(got.Training, c.want.Training) ||
			!strings.Contains(note, c.say) || (note == "") != (c.say == "") {
			t.Errorf("%s: %v, %q, %v; want %v", name, got, note, err, c.want)
		}
	}
}

func with(s lab.Settings, name string, value any) lab.Settings {
	return lab.Settings{name: value}.Over(s)
}

// Every run of a comparison has a folder; what does not train runs once for each data seed.
func TestAcross(t *testing.T) {
	specs, err := lab.Default().Compare(lab.Settings{"cache": "c"}, []string{"zeroshot", "fedavg"}, nil, []uint64{8, 9})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range lab.Across(specs, []uint64{3, 4}) {
		got = append(got, filepath.ToSlash(s.Folder("out")))
	}
	want := []string{
		"out/zeroshot/data-3/seed-8", "out/fedavg/data-3/seed-8", "out/fedavg/data-3/seed-9",
		"out/zeroshot/data-4/seed-8", "out/fedavg/data-4/seed-8", "out/fedavg/data-4/seed-9",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A comparison that cannot go on in its folder is refused before its first run.
func TestReady(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	runs := func(more lab.Settings) []lab.Spec {
		shared := more.Over(b.base(lab.Settings{"module": "gate", "method": "fedavg"}))
		specs, err := tables.Compare(shared, []string{"zeroshot", "fedavg"}, nil, []uint64{1})
		if err != nil {
			t.Fatal(err)
		}
		return specs
	}
	out := b.path("runs")
	for _, s := range runs(nil) {
		if err := lab.Ready([]lab.Spec{s}, out, false); err != nil {
			t.Fatal(err)
		}
		mustRun(t, s, s.Folder(out), lab.How{})
	}
	for name, c := range map[string]struct {
		runs   []lab.Spec
		resume bool
		say    string
	}{
		"again":            {runs(nil), false, "already holds a run"},
		"resumed":          {runs(nil), true, ""},
		"a seed more":      {lab.Across(runs(nil), []uint64{1, 2}), true, ""},
		"another rate":     {runs(lab.Settings{"lr": 0.5}), true, "lr is 0.5, was 0.05"},
		"another tail":     {runs(lab.Settings{"imbalance": 5}), true, "imbalance is 5, was 4"},
		"one twice":        {append(runs(nil), runs(nil)...), true, "name every method once"},
		"another division": {append(runs(nil), runs(lab.Settings{"clients": 2})...), true, "another --clients than"},
		"another's cache":  {runs(lab.Settings{"cache": b.path("wide")}), true, ""},
	} {
		err := lab.Ready(c.runs, out, c.resume)
		if (err == nil) != (c.say == "") || err != nil &&
			(fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), c.say)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	older := filepath.Join(b.path("older"), "fedavg", "seed-1")
	if err := os.MkdirAll(older, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(older, lab.SpecFile), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := lab.Ready(runs(nil), b.path("older"), true); fault.KindOf(err) != fault.Usage ||
		!strings.Contains(err.Error(), "older layout ("+filepath.Join("fedavg", "seed-1")) {
		t.Errorf("an older layout: %v", err)
	}
}
