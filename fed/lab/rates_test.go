package lab_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/f32"
)

// writeScaled makes a cache of the problem's features at another logit scale.
func writeScaled(t *testing.T, dir string, scale float64) {
	t.Helper()
	plan := cache.Contents{
		Classes: []string{"a", "b", "c", "d", "e"}, LogitScale: cache.LogitScale{Value: scale, Source: "option"},
		Dim: dim, DType: "<f4",
	}
	var parts []cache.Part
	text := splits(func(split string, views int, x f32.Matrix, y []int32, files []string) {
		plain := f32.New(x.Rows, dim)
		for i := range x.Rows {
			copy(plain.Row(i), x.Row(i))
		}
		list, err := cache.List(split, len(y), func(i int) (string, int32, error) { return files[i], y[i], nil })
		if err != nil {
			t.Fatal(err)
		}
		plan.Splits = append(plan.Splits, list)
		parts = append(parts, cache.Part{Split: split, Features: plain, Files: files, Labels: y})
	})
	w, err := cache.Create(dir, plan, cache.Shard{}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() // finished or of no use
	for _, p := range parts {
		if err := w.WritePart(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.PutText(text); err != nil {
		t.Fatal(err)
	}
	if _, err = w.Finish(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
}

// Learning rates that nobody chose are bounded by the curvature of the loss on the cache's training features.
func TestRatesFollowTheFeatures(t *testing.T) {
	dir, tables := t.TempDir(), lab.Default()
	mild, sharp := filepath.Join(dir, "mild"), filepath.Join(dir, "sharp")
	writeScaled(t, mild, 10)
	writeScaled(t, sharp, 500)
	type settings = lab.Settings
	for _, c := range []struct {
		cache        string
		given        settings
		lr, personal float64
	}{
		{mild, settings{}, 0.0025, 0.03},
		{filepath.Join(dir, "nowhere"), settings{}, 0.0025, 0.03},
		{sharp, settings{"lr": 0.0025}, 0.0025, -1},
		{sharp, settings{"personal_lr": 0.03}, -1, 0.03},
		{sharp, settings{"lr": 0.5, "personal_lr": 0.0}, 0.5, 0},
		{sharp, settings{"preset": "paper"}, 0.001, 0.001},
		{sharp, settings{}, -1, -1},
		{sharp, settings{"seed": 9, "data_seed": 4}, -1, -1},
		{sharp, settings{"method": "fedavg", "personal": "residual"}, -1, -1},
	} {
		given := settings{"cache": c.cache, "module": "linear"}
		s := mustSpec(t, tables, c.given.Over(given))
		want := []any{c.lr, c.personal}
		for i, bounded := range []float64{lowered(t, tables, sharp, "lr"), lowered(t, tables, sharp, "personal_lr")} {
			if want[i] == -1.0 {
				want[i] = bounded
			}
		}
		if got := []any{s.Value("lr"), s.Value("personal_lr")}; !slices.Equal(got, want) {
			t.Errorf("%s, %v: rates %v, want %v", filepath.Base(c.cache), c.given, got, want)
		}
	}
}

// lowered is a rate of the linear head on a cache, which is below the usual one.
func lowered(t *testing.T, tables lab.Tables, cache, name string) float64 {
	t.Helper()
	s := mustSpec(t, tables, lab.Settings{"cache": cache, "module": "linear"})
	rate := s.Value(name).(float64)
	if usual := map[string]float64{"lr": 0.0025, "personal_lr": 0.03}[name]; !(rate > 0 && rate < usual/2) {
		t.Fatalf("%s is %v by default, want less than %v", name, rate, usual)
	}
	return rate
}

// What a method makes of a module has no part in it: FedEx-LoRA's residue is not trained, and each of PromptFolio's
// texts is the module's own.
func TestRatesAreTheModules(t *testing.T) {
	dir, tables := t.TempDir(), lab.Default()
	writeScaled(t, dir, 500)
	for name, module := range map[string]string{"fedex": "lora-head", "promptfolio": "text-class"} {
		rate := func(given lab.Settings) any {
			s := mustSpec(t, tables, given.Over(lab.Settings{"module": module, "method": "fedavg", "cache": dir}))
			return s.Value("lr")
		}
		got, want := rate(lab.Settings{"method": name}), rate(lab.Settings{})
		usual := rate(lab.Settings{"cache": "nowhere"})
		if got != want || got == usual {
			t.Errorf("%s on %s: rate %v, that of FedAvg is %v, usually %v", name, module, got, want, usual)
		}
	}
}

// A run says what it lowers, and why; its spec file holds the number, and is a spec file again.
func TestLoweredRatesAreSaid(t *testing.T) {
	dir, tables := t.TempDir(), lab.Default()
	writeScaled(t, filepath.Join(dir, "sharp"), 500)
	s := mustSpec(t, tables, lab.Settings{
		"cache": filepath.Join(dir, "sharp"), "module": "linear", "rounds": 1, "clients": 2, "personal_lr": 0.5,
	})
	var said []string
	how := lab.How{Notice: func(sentence string) { said = append(said, sentence) }}
	mustRun(t, s, filepath.Join(dir, "run"), how)
	all := strings.Join(said, "\n")
	lowered := strings.Contains(all, "--lr ") && strings.Contains(all, ", not 0.0025: ")
	if !lowered || strings.Contains(all, "personal") {
		t.Errorf("said %q", all)
	}
	read, err := tables.ReadSettings(filepath.Join(dir, "run", lab.SpecFile))
	if err != nil {
		t.Fatal(err)
	}
	if again := mustSpec(t, tables, read); asJSON(t, again) != asJSON(t, s) {
		t.Errorf("%s comes back as %s", asJSON(t, s), asJSON(t, again))
	}
}
