package lab_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/fault"
)

// A client that is personalized afterwards leaves an ordinary run folder, under every method; the run stays as it is,
// and its own cache is not needed.
func TestPersonalize(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	for _, e := range tables.Methods {
		chosen := lab.Settings{"method": e.Name, "wise": 0.5, "post_adjust": 0.5}
		if e.Host != "" {
			chosen["module"] = e.Host
		}
		if e.Name == "local" || e.New == nil {
			delete(chosen, "wise")
		}
		if e.New == nil {
			delete(chosen, "post_adjust")
		}
		run, out := b.path("base-"+e.Name), b.path("own-"+e.Name)
		mustRun(t, mustSpec(t, tables, b.base(chosen)), run, lab.How{})
		f, err := tables.Open(run)
		if err != nil {
			t.Fatal(err)
		}
		f.Env.CacheFolder, f.Spec.Cache = "nowhere", "nowhere"
		p := lab.Personalize{Cache: b.path("cache"), Name: "newcomer"}
		r, err := f.Personalize(context.Background(), p, out, lab.How{Workers: 2})
		if e.New == nil {
			if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "trains nothing") {
				t.Errorf("%s: %v", e.Name, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", e.Name, err)
		}
		own, err := tables.Open(out)
		if err != nil {
			t.Fatal(err)
		}
		if err := own.Verify(context.Background(), nil); err != nil {
			t.Errorf("%s: %v", e.Name, err)
		}
		if own.Env.Base == nil || own.Env.Base.Cache != f.Env.Cache || asJSON(t, own.Result) != asJSON(t, r) {
			t.Errorf("%s: the folder says something else", e.Name)
		}
		again, err := own.Evaluate(context.Background(), "", 1)
		if err != nil || asJSON(t, again) != asJSON(t, r) {
			t.Errorf("%s evaluated again: %v\n%s\n%s", e.Name, err, asJSON(t, again), asJSON(t, r))
		}
		if m, err := own.Model("newcomer"); err != nil || len(m.Parts) == 0 {
			t.Errorf("%s: the client's model: %v", e.Name, err)
		}
		if e.Name == "local" {
			continue
		}
		before, err := f.Model("")
		if err != nil {
			t.Fatal(err)
		}
		after, err := own.Model("")
		if err != nil || asJSON(t, after.Parts) != asJSON(t, before.Parts) {
			t.Errorf("%s: the global model is another one: %v", e.Name, err)
		}
	}
}

// What does not go together, or is damaged, is refused in a line, and leaves nothing behind.
func TestPersonalizeRefuses(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	mustRun(t, mustSpec(t, tables, b.base(nil)), b.path("run"), lab.How{})
	mustRun(t, mustSpec(t, tables, b.base(lab.Settings{"method": "fedavg"})), b.path("avg"), lab.How{})
	if err := os.MkdirAll(b.path("full/file"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		run, cache, out string
		rounds          int
		kind            fault.Kind
		say             string
	}{
		{"run", "nowhere", "o", 0, fault.Missing, "holds no manifest"},
		{"run", "wide", "o", 0, fault.Usage, "does not go with the run"},
		{"run", "cache", "full", 0, fault.Usage, "not empty"},
		{"run", "cache", "o", -1, fault.Usage, "negative"},
		{"avg", "cache", "o", 3, fault.Usage, "begins anew"},
	} {
		f, err := tables.Open(b.path(c.run))
		if err != nil {
			t.Fatal(err)
		}
		p := lab.Personalize{Cache: b.path(c.cache), Name: "new", Rounds: c.rounds}
		_, err = f.Personalize(context.Background(), p, b.path(c.out), lab.How{})
		if fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%+v: %v", c, err)
		}
		if left, err := os.ReadDir(b.path("o")); err == nil && len(left) > 0 {
			t.Errorf("%+v leaves %v behind", c, left)
		}
	}
	weights, err := filepath.Glob(filepath.Join(b.path("run"), "checkpoint", "*shared-phi.npy"))
	if err != nil || len(weights) != 1 {
		t.Fatal(weights, err)
	}
	if err := os.WriteFile(weights[0], []byte("damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := tables.Open(b.path("run"))
	if err != nil {
		t.Fatal(err)
	}
	p := lab.Personalize{Cache: b.path("cache"), Name: "new"}
	if _, err = f.Personalize(context.Background(), p, b.path("o"), lab.How{}); fault.KindOf(err) != fault.Mismatch {
		t.Errorf("a damaged checkpoint: %v", err)
	}
	if left, err := os.ReadDir(b.path("o")); err == nil && len(left) > 0 {
		t.Errorf("it leaves %v behind", left)
	}
}
