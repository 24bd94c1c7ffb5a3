package fed_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/fault"
)

const rounds = 7

// checkpointRound is the round of the checkpoint in a run folder, 0 without one.
func checkpointRound(t *testing.T, dir string) int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, fed.CheckpointDir, "latest.json"))
	if errors.Is(err, os.ErrNotExist) {
		return 0
	}
	var c struct{ Round int }
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c.Round
}

// resumable is a plan that leaves everything a checkpoint can hold.
func resumable(t *testing.T) fed.Plan {
	method := serverMomentum{fedtest.Method(t, "fedpurel")}
	return fed.Plan{Method: method, Rounds: rounds, Workers: 2, Fraction: 0.6, Evaluate: score}
}

func TestCancelledRunResumes(t *testing.T) {
	p := fedtest.New(t, 5)
	m := p.Module(t, "lora")
	want := fedtest.MustRun(t, p.Home(m), resumable(t))
	for _, every := range []int{0, 3} {
		for _, k := range []int{1, 2, 3, 5, rounds} {
			t.Run(fmt.Sprintf("after %d, every %d", k, every), func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				plan := resumable(t)
				plan.Dir, plan.CheckpointEvery = t.TempDir(), every
				plan.Observe = func(r metric.Round) {
					if r.Round == k {
						cancel()
					}
				}
				if _, err := fedtest.Run(ctx, p.Home(m), plan); !errors.Is(err, context.Canceled) {
					t.Fatalf("error %v", err)
				}
				if n := checkpointRound(t, plan.Dir); n != k {
					t.Errorf("the checkpoint is of round %d", n)
				}
				var heard []int
				plan.Resume, plan.Observe = true, func(r metric.Round) { heard = append(heard, r.Round) }
				fedtest.Identical(t, fedtest.MustRun(t, p.Home(m), plan), want)
				if !slices.Equal(heard, []int{1, 2, 3, 4, 5, 6, 7}) {
					t.Errorf("observed rounds %v", heard)
				}
			})
		}
	}
}

// A user's interrupt arrives in the middle of a round; the rounds before it must not be lost.
func TestCancelledInsideRound(t *testing.T) {
	p := fedtest.New(t, 5)
	m := p.Module(t, "lora")
	want := fedtest.MustRun(t, p.Home(m), resumable(t))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	plan := resumable(t)
	inner := plan.Method
	plan.Dir = t.TempDir()
	plan.Method = made{stages: inner.Stages(), round: func(r *fed.Round) error {
		if r.Index == 4 {
			cancel()
		}
		return inner.Round(r)
	}}
	if _, err := fedtest.Run(ctx, p.Home(m), plan); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if n := checkpointRound(t, plan.Dir); n != 4 {
		t.Errorf("the checkpoint is of round %d, finished were 4", n)
	}
	plan.Resume, plan.Method = true, inner
	fedtest.Identical(t, fedtest.MustRun(t, p.Home(m), plan), want)
}

// A killed run leaves lines after the checkpoint, a torn last line and arrays that no checkpoint names. The copy of the
// run folder is taken after a round's line and before its checkpoint.
func TestKilledRunResumes(t *testing.T) {
	p := fedtest.New(t, 5)
	m := p.Module(t, "gate")
	copies := t.TempDir()
	folder := func(k int) string { return filepath.Join(copies, fmt.Sprint(k)) }
	plan := resumable(t)
	plan.Dir, plan.CheckpointEvery = t.TempDir(), 3
	plan.Observe = func(r metric.Round) {
		if err := os.CopyFS(folder(r.Round), os.DirFS(plan.Dir)); err != nil {
			t.Error(err)
		}
	}
	want := fedtest.MustRun(t, p.Home(m), plan)
	for k := 1; k <= rounds; k++ {
		t.Run(fmt.Sprintf("in round %d", k+1), func(t *testing.T) {
			dir := folder(k)
			at := checkpointRound(t, dir)
			if at != (k-1)/3*3 {
				t.Fatalf("the checkpoint is of round %d", at)
			}
			journal, err := os.OpenFile(filepath.Join(dir, fed.RoundsFile), os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Fprintf(journal, `{"round":%d,"cohort":[0,`, k+1); err != nil {
				t.Fatal(err)
			}
			if err := journal.Close(); err != nil {
				t.Fatal(err)
			}
			stray := filepath.Join(dir, fed.CheckpointDir, fmt.Sprintf("round-%06d.shared-phi.npy", k+1))
			if at > 0 {
				if err := os.WriteFile(stray, []byte("half an array"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			again := plan
			again.Dir, again.Resume, again.Observe = dir, true, nil
			fedtest.Identical(t, fedtest.MustRun(t, p.Home(m), again), want)

			arrays, err := filepath.Glob(filepath.Join(dir, fed.CheckpointDir, "*.npy"))
			if err != nil || len(arrays) != 3 { // shared phi, kept phi, velocity
				t.Errorf("the checkpoint folder holds %v (%v)", arrays, err)
			}
			data, err := os.ReadFile(filepath.Join(dir, fed.RoundsFile))
			if err != nil || strings.Count(string(data), "\n") != rounds || !strings.HasSuffix(string(data), "}\n") {
				t.Errorf("%s (%v)", data, err)
			}
		})
	}
}

func TestResumeRefusesBadJournal(t *testing.T) {
	p := fedtest.New(t, 3)
	m := p.Module(t, "lora")
	for _, c := range []struct {
		name  string
		spoil func(lines []string) []string // nil removes the file
		kind  fault.Kind
	}{
		{"too few lines", func(l []string) []string { return l[:1] }, fault.Corrupt},
		{"a line is missing", func(l []string) []string { return l[1:] }, fault.Corrupt},
		{"not JSON", func(l []string) []string { return []string{l[0], "x\n"} }, fault.Corrupt},
		{"no file", nil, fault.Missing},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan := resumable(t)
			plan.Rounds, plan.Dir = 2, t.TempDir()
			fedtest.MustRun(t, p.Home(m), plan)
			path := filepath.Join(plan.Dir, fed.RoundsFile)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if c.spoil == nil {
				err = os.Remove(path)
			} else {
				lines := c.spoil(strings.SplitAfter(string(data), "\n"))
				err = os.WriteFile(path, []byte(strings.Join(lines, "")), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			plan.Rounds, plan.Resume = 3, true
			if _, err := fedtest.Run(t.Context(), p.Home(m), plan); err == nil || fault.KindOf(err) != c.kind {
				t.Errorf("error %v", err)
			}
		})
	}
}
