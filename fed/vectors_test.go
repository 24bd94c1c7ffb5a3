package fed_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
)

// Vectors behave the same in memory and in a file: what is staged is seen, taken back or kept, and places are used again.
func TestVectors(t *testing.T) {
	for name, starve := range map[string]bool{"in memory": false, "in a file": true} {
		t.Run(name, func(t *testing.T) {
			if starve {
				defer fed.Starve()()
			}
			v, err := fed.NewVectors(4, 3, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			put := func(k int, x ...float32) {
				if err := v.Put(k, x); err != nil {
					t.Fatal(err)
				}
				x[0] = 99 // Put copies
			}
			holds := func(k int, want ...float32) {
				t.Helper()
				got, err := v.Get(k, nil)
				if err != nil || !slices.Equal(got, want) || v.Has(k) != (want != nil) {
					t.Fatalf("client %d has %v (%v), want %v", k, got, err, want)
				}
			}
			holds(2)
			put(2, 1, 2, 3)
			holds(2, 1, 2, 3)
			v.Rollback()
			holds(2)
			for round := float32(0); round < 5; round++ {
				before := v.Version(1)
				put(1, round, 0, 0)
				put(1, round, 1, 0) // twice in one round
				put(3, 0, 0, round)
				if v.Version(1) == before {
					t.Error("the version stays")
				}
				v.Commit()
				put(1, -1, -1, -1)
				put(2, -1, -1, -1)
				v.Rollback()
				holds(1, round, 1, 0)
				holds(2)
				holds(3, 0, 0, round)
			}
			all, err := v.All()
			if err != nil || len(all) != 4 || all[0] != nil || !slices.Equal(all[1], []float32{4, 1, 0}) {
				t.Errorf("all: %v (%v)", all, err)
			}
		})
	}
}

// Short memory changes how a run goes about its work, not what it finds: file or memory, one worker or many, interrupted or not.
func TestShortMemoryGivesTheSameRun(t *testing.T) {
	p := fedtest.New(t, 9)
	run := func(workers, rounds int, dir string, resume bool) outcome {
		return mustRun(t, p.Env(t.Context(), p.Module(t, "gate"), workers), fed.Plan{
			Method: method.FedPuReL{Options: options()}, Rounds: rounds, Fraction: 0.7, Dir: dir, Resume: resume, CheckpointEvery: 2,
		})
	}
	want := run(3, 5, t.TempDir(), false)
	defer fed.Starve()()
	for _, workers := range []int{1, 2, 8} {
		identical(t, run(workers, 5, t.TempDir(), false), want)
	}
	dir := t.TempDir()
	run(2, 3, dir, false)
	identical(t, run(2, 5, dir, true), want)
	if left, err := filepath.Glob(filepath.Join(dir, ".personal-*")); err != nil || len(left) > 0 {
		t.Errorf("scratch files remain: %v (%v)", left, err)
	}
}

// A folder that takes no scratch file is an error, not a panic later.
func TestVectorsNeedAFolder(t *testing.T) {
	defer fed.Starve()()
	if _, err := fed.NewVectors(4, 3, filepath.Join(t.TempDir(), "nowhere")); !os.IsNotExist(err) && err == nil {
		t.Errorf("error %v", err)
	}
}
