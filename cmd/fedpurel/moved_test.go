package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A run is evaluated from anywhere, with its cache where it was, renamed beside it, named, or gone; the damage of its
// model folder is found, and repaired by --resume.
func TestRunStandsAlone(t *testing.T) {
	dir, away := imported(t), t.TempDir()
	train := append([]string{"train", "--rounds", "2", "--out", "runs/a"}, quick...)
	ok(t, dir, train...)
	run := filepath.Join(dir, "runs", "a")
	want := ok(t, away, "eval", run, "--json")

	weights := read(t, run, "model", "model.safetensors")
	put(t, run, "model/model.safetensors", flipped(weights))
	fails(t, away, 12, "train … --resume", "inspect", run, "--verify")
	ok(t, dir, append(train, "--resume")...)
	if read(t, run, "model", "model.safetensors") != weights {
		t.Error("--resume writes other weights")
	}
	ok(t, away, "inspect", run, "--verify")

	if err := os.Rename(filepath.Join(dir, "cache"), filepath.Join(dir, "features")); err != nil {
		t.Fatal(err)
	}
	out, errs, code := fedpurel(t, away, "eval", run, "--json")
	if code != 0 || out != want || !strings.Contains(errs, "features now") {
		t.Errorf("renamed: exit %d, %s", code, errs)
	}
	if err := os.Rename(filepath.Join(dir, "features"), filepath.Join(away, "named")); err != nil {
		t.Fatal(err)
	}
	fails(t, away, 10, "--cache", "eval", run)
	if ok(t, away, "eval", run, "--cache", "named", "--json") != want {
		t.Error("named: another result")
	}
}
