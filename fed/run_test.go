package fed_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/f32"
)

// The vectors of both stages and of the server are the same for any number of workers.
func TestWorkersDoNotMatter(t *testing.T) {
	p := fedtest.New(t, 6)
	for _, module := range []string{"gate", "lora"} {
		t.Run(module, func(t *testing.T) {
			method := serverMomentum{fedtest.Method(t, "fedpurel")}
			plan := fed.Plan{Method: method, Rounds: 3, Workers: 1, Evaluate: score}
			one := fedtest.MustRun(t, p.Home(p.Module(t, module)), plan)
			plan.Workers = 8
			fedtest.Identical(t, fedtest.MustRun(t, p.Home(p.Module(t, module)), plan), one)
			if f32.Distance(one.State.Shared["phi"], p.Home(p.Module(t, module)).Initial) == 0 {
				t.Error("nothing was learned")
			}
			for i, rec := range one.Records {
				if rec.Round != i+1 || len(rec.Diagnosis) < 5 || rec.Seconds <= 0 {
					t.Errorf("record %+v", rec)
				}
			}
		})
	}
}

func TestEvaluationErrorEndsRun(t *testing.T) {
	p := fedtest.New(t, 2)
	broken := errors.New("broken")
	plan := fed.Plan{Dir: t.TempDir(), Rounds: 2, Method: fedtest.Method(t, "fedavg"),
		Evaluate: func(*fed.State) (*metric.Scores, *metric.Right, error) { return nil, nil, broken }}
	if _, err := fedtest.Run(t.Context(), p.Home(p.Module(t, "lora")), plan); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

// Short memory changes how a run goes about its work, not what it finds: file or memory, one worker or many,
// interrupted or not.
func TestShortMemoryGivesTheSameRun(t *testing.T) {
	p := fedtest.New(t, 9)
	run := func(workers, rounds int, dir string, resume bool) fedtest.Outcome {
		return fedtest.MustRun(t, p.Home(p.Module(t, "gate")), fed.Plan{
			Method: fedtest.Method(t, "fedpurel"), Rounds: rounds, Fraction: 0.7, Workers: workers,
			Dir: dir, Resume: resume, CheckpointEvery: 2, Evaluate: score,
		})
	}
	want := run(3, 5, t.TempDir(), false)
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "nowhere")) // a run's scratch files lie in its folder
	defer fed.Starve()()
	for _, workers := range []int{1, 2, 8} {
		fedtest.Identical(t, run(workers, 5, t.TempDir(), false), want)
	}
	dir := t.TempDir()
	run(2, 3, dir, false)
	fedtest.Identical(t, run(2, 5, dir, true), want)
	if left, err := filepath.Glob(filepath.Join(dir, ".kept-*")); err != nil || len(left) > 0 {
		t.Errorf("scratch files remain: %v (%v)", left, err)
	}
}

// A run without a folder or an evaluation writes nothing and finds the same.
func TestRunInMemory(t *testing.T) {
	p := fedtest.New(t, 4)
	plan := fed.Plan{Method: fedtest.Method(t, "fedpurel"), Rounds: 3, Workers: 2}
	a := fedtest.MustRun(t, p.Home(p.Module(t, "lora")), plan)
	plan.Dir = t.TempDir()
	fedtest.Identical(t, fedtest.MustRun(t, p.Home(p.Module(t, "lora")), plan), a)
	if a.Records[0].Scores != nil {
		t.Error("a round that was not evaluated has scores")
	}
}
