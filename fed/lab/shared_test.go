package lab_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/wire/identity"
	"github.com/fedpurel/fedpurel/train/fault"
)

// share makes the identity of a cache.
func share(t *testing.T, dir, out string, bent bool) {
	t.Helper()
	c := mustOpen(t, dir)
	var all []cache.Curvature
	if bent {
		var err error
		if all, err = lab.Default().Curvatures(dir); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Share(out, all); err != nil {
		t.Fatal(err)
	}
}

// By an identity, every module resolves to the learning rates of a simulation on the data that it was made of, and
// each site's cache fits it.
func TestIdentityResolves(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	writeScaled(t, b.path("sharp"), 500)
	bounded := 0
	for _, from := range []string{"sharp", "cache", "wide"} {
		share(t, b.path(from), b.path(from+"-identity"), true)
		share(t, b.path(from), b.path(from+"-plain"), false)
		for _, e := range tables.Modules {
			if e.Projects && from != "wide" {
				continue
			}
			given := lab.Settings{"module": e.Name, "clients": 3, "method": "fedavg"}
			at := func(dir string) lab.Spec {
				return mustSpec(t, tables, given.Over(lab.Settings{"cache": b.path(dir)}))
			}
			here, hub, plain := at(from), at(from+"-identity"), at(from+"-plain")
			if here.Value("lr") != hub.Value("lr") {
				t.Errorf("%s: --lr is %v on %s, %v by its identity", e.Name, here.Value("lr"), from, hub.Value("lr"))
			}
			if plain.Value("lr") != hub.Value("lr") {
				bounded++
			}
		}
	}
	if bounded == 0 {
		t.Error("no curvature bounds anything: the test sees nothing")
	}
	id, err := cache.OpenIdentity(b.path("cache-identity"))
	if err != nil {
		t.Fatal(err)
	}
	defer id.Close()
	spec := mustSpec(t, tables, lab.Settings{"cache": b.path("cache"), "clients": 3})
	pieces, err := lab.How{}.Cut(context.Background(), spec, lab.Cutting{Out: b.path("sites")})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pieces {
		if err := identity.Check(mustOpen(t, p.Dir), id); err != nil {
			t.Error(err)
		}
	}
	if err := identity.Check(mustOpen(t, b.path("wide")), id); err == nil || fault.KindOf(err) != fault.Mismatch ||
		!strings.Contains(err.Error(), `class 0 is "class 0" instead of "a"`) {
		t.Errorf("another cache: %v", err)
	}
}

// An identity says nothing of images, and whoever names it for a cache is told; damage is found.
func TestIdentityFolder(t *testing.T) {
	b := newBench(t)
	dir := b.path("identity")
	share(t, b.path("cache"), dir, true)
	for _, name := range []string{"manifest.json", "text.features.npy", "curvature.json"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || strings.Contains(string(data), "person") {
			t.Errorf("%s: %v, or it names images", name, err)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 3 {
		t.Errorf("%d files, want 3", len(entries))
	}
	s := mustSpec(t, lab.Default(), lab.Settings{"cache": dir, "clients": 2})
	if _, err := lab.Divide(s); err == nil || !strings.Contains(err.Error(), "is an identity, without images") {
		t.Errorf("a run on it: %v", err)
	}
	if _, err := cache.OpenIdentity(b.path("cache")); fault.KindOf(err) != fault.Usage {
		t.Errorf("a cache: %v", err)
	}
	if _, err := cache.OpenIdentity(b.path("nowhere")); fault.KindOf(err) != fault.Missing {
		t.Errorf("nothing: %v", err)
	}
	for _, name := range []string{"text.features.npy", "curvature.json", "manifest.json"} {
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, damage := range []struct {
			data []byte
			want []fault.Kind
		}{
			{data[:len(data)/2], []fault.Kind{fault.Corrupt, fault.Mismatch}},
			{nil, []fault.Kind{fault.Missing}},
		} {
			if damage.data == nil {
				err = os.Remove(path)
			} else {
				err = os.WriteFile(path, damage.data, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := cache.OpenIdentity(dir); err == nil || strings.Contains(err.Error(), "\n") ||
				fault.KindOf(err) != damage.want[0] && fault.KindOf(err) != damage.want[len(damage.want)-1] {
				t.Errorf("%s damaged: %v", name, err)
			}
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
