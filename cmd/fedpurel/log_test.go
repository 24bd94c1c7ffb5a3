package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The log for TensorBoard changes no result, is made for finished runs too, and grows by what is new alone.
func TestLog(t *testing.T) {
	dir := imported(t)
	train := func(out string, more ...string) []string {
		return slices.Concat([]string{"train", "--method", "fedavg", "--rounds", "3", "--out", out}, quick, more)
	}
	files := func(run string) int {
		found, err := filepath.Glob(filepath.Join(dir, run, "tensorboard", "events.out.tfevents.*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	ok(t, dir, train("plain")...)
	ok(t, dir, train("logged", "--log", "tensorboard")...)
	if read(t, dir, "plain", "result.json") != read(t, dir, "logged", "result.json") {
		t.Error("a log changes the result")
	}
	ok(t, dir, train("logged", "--log", "tensorboard", "--resume")...)
	ok(t, dir, train("plain", "--log", "tensorboard", "--resume")...)
	if files("plain") != 1 || files("logged") != 1 {
		t.Errorf("%d and %d event files", files("plain"), files("logged"))
	}
	ok(t, dir, slices.Concat([]string{
		"compare", "--methods", "zeroshot,fedavg", "--seeds", "1-2", "--rounds", "2", "--out", "runs",
		"--log", "tensorboard",
	}, quick)...)
	if a, b := files("runs/fedavg/data-1/seed-1"), files("runs/fedavg/data-1/seed-2"); a != 1 || b != 1 {
		t.Errorf("%d and %d event files of a comparison", a, b)
	}
	fails(t, dir, 2, "did you mean tensorboard?", train("other", "--log", "tensorbord")...)
}

// A log that cannot be written ends the run, which goes on later.
func TestLogThatFails(t *testing.T) {
	dir := imported(t)
	train := slices.Concat([]string{
		"train", "--method", "fedavg", "--rounds", "3", "--out", "run", "--resume", "--log", "tensorboard", "--quiet",
	}, quick)
	put(t, dir, "run/tensorboard", []byte("a file in its place"))
	fails(t, dir, 1, "tensorboard", train...)
	if err := os.Remove(filepath.Join(dir, "run", "tensorboard")); err != nil {
		t.Fatal(err)
	}
	ok(t, dir, train...)
}
