package flowerapp

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// FEDPUREL_FLOWER names a virtual environment with the flwr of requirements.txt.
const venv = "FEDPUREL_FLOWER"

// The Python of the app does what its tests say.
func TestApp(t *testing.T) {
	dir := os.Getenv(venv)
	if dir == "" {
		t.Skip(venv + " names no virtual environment with flwr")
	}
	python := filepath.Join(dir, "bin", "python")
	const wanted = "import sys, flwr; sys.exit(sys.version_info < (3, 11))"
	if out, err := exec.Command(python, "-c", wanted).CombinedOutput(); err != nil {
		t.Skipf("%s has no Python of 3.11 or later with flwr: %v %s", dir, err, out)
	}
	c := exec.Command(python, "-B", "-m", "unittest")
	c.Env = append(os.Environ(), "FLWR_TELEMETRY_ENABLED=0", "FLWR_DISABLE_UPDATE_CHECK=1")
	out, err := c.CombinedOutput()
	if err != nil || strings.Contains(string(out), "Ran 0 tests") {
		t.Errorf("%v\n%s", err, out)
	}
}

// What is embedded is what `flwr run` builds the app from, and what is to be installed beside it.
func TestFiles(t *testing.T) {
	var names []string
	err := fs.WalkDir(Files(), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	here, listed := filepath.Glob("fedpurel_flower/*.py")
	if err != nil || listed != nil {
		t.Fatal(err, listed)
	}
	for i, name := range here {
		here[i] = filepath.ToSlash(name)
	}
	want := slices.Sorted(slices.Values(append(here, "LICENSE", "pyproject.toml", "requirements.txt")))
	if !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}
