package lab_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/fault"
)

// A run whose cache was named by a relative path is evaluated from anywhere, and when the cache, or all, was moved.
func TestCacheFound(t *testing.T) {
	b := newBench(t)
	t.Chdir(b.dir)
	s := b.base(lab.Settings{"method": "fedavg", "cache": "cache"})
	want := asJSON(t, mustRun(t, mustSpec(t, lab.Default(), s), filepath.Join("runs", "a"), lab.How{}).Last)
	evaluated := func(run string) (said []string, err error) {
		t.Helper()
		f, err := lab.Default().Open(run)
		if err != nil {
			t.Fatal(err)
		}
		f.Notice = func(s string) { said = append(said, s) }
		r, err := f.Evaluate(t.Context(), "", 1)
		if err == nil && asJSON(t, r.Last) != want {
			t.Error("another result")
		}
		if err == nil {
			err = f.Verify(t.Context(), nil)
		}
		return said, err
	}
	move := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}

	t.Chdir(t.TempDir())
	if said, err := evaluated(b.path("runs/a")); err != nil || len(said) > 0 {
		t.Errorf("from elsewhere: %v, said %q", err, said)
	}
	move(b.path("cache"), b.path("renamed"))
	said, err := evaluated(b.path("runs/a"))
	if err != nil || len(said) == 0 || !strings.Contains(said[0], b.path("renamed")) {
		t.Errorf("renamed: %v, said %q", err, said)
	}
	other := t.TempDir()
	move(b.path("renamed"), filepath.Join(other, "features"))
	move(b.path("runs"), filepath.Join(other, "runs"))
	if err := os.Symlink(b.path("wide"), filepath.Join(other, "a link")); err != nil {
		t.Log(err) // not everywhere
	}
	if said, err = evaluated(filepath.Join(other, "runs", "a")); err != nil || len(said) == 0 {
		t.Errorf("all moved: %v, said %q", err, said)
	}
	if err := os.RemoveAll(filepath.Join(other, "features")); err != nil {
		t.Fatal(err)
	}
	_, err = evaluated(filepath.Join(other, "runs", "a"))
	if fault.KindOf(err) != fault.Missing || !strings.Contains(err.Error(), b.path("cache")) ||
		!strings.Contains(err.Error(), "--cache") {
		t.Errorf("gone: %v", err)
	}
	move(b.path("wide"), b.path("cache")) // another one in its place: nobody owns its rows, unless labels are equal
	f, err := lab.Default().Open(filepath.Join(other, "runs", "a"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Evaluate(t.Context(), "", 1); fault.KindOf(err) == fault.Missing {
		t.Errorf("another cache in its place: %v", err)
	}
}
