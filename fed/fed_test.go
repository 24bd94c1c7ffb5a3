package fed_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/fault"
)

const rounds = 7

func options() method.Options { return fedtest.Options() }

type setup struct {
	t       *testing.T
	problem *fedtest.Problem
	workers int
	method  fed.Method
	plan    fed.Plan
}

func standard(t *testing.T) setup {
	return setup{
		t: t, problem: fedtest.New(t, 6), workers: 3, method: method.FedPuReL{Options: options()},
		plan: fed.Plan{Rounds: rounds, Fraction: 0.5, Dir: t.TempDir(), CheckpointEvery: 3},
	}
}

// run executes a setup with evaluation in every round.
func (s setup) run(ctx context.Context) (*fed.State, []metric.Round, error) {
	p := s.problem
	env := fed.NewEnv(ctx, p.Module(s.t, "lora"), p.Head, p.Train, p.Partition.Clients, 5, s.workers)
	e := &eval.Evaluator{Module: env.Module, Head: p.Head, Test: p.Test, Personal: fed.PersonalResidual, Averages: true,
		Groups: metric.Groups(p.Partition.Counts), Balance: metric.DefaultBalance, Workers: s.workers, Start: env.Start}
	e.Prepare(p.Partition.Clients)
	s.plan.Method = s.method
	s.plan.Evaluate = func(state *fed.State) (*metric.Scores, error) {
		o, err := e.Evaluate(ctx, state, eval.Divergence)
		if err != nil {
			return nil, err
		}
		return &o.Scores, nil
	}
	return fed.Run(ctx, env, s.plan)
}

// timeless drops the one field that may differ; a record is a line.
func timeless(records []metric.Round) []string {
	var lines []string
	for _, r := range records {
		scores := r.Scores
		r.Seconds, r.Scores = 0, nil
		lines = append(lines, fmt.Sprintf("%+v %+v", r, *scores))
	}
	return lines
}

func same(t *testing.T, what string, a, b *fed.State, ra, rb []metric.Round) {
	t.Helper()
	if !fedtest.Same(t, a, b) {
		t.Errorf("%s: the states differ", what)
	}
	la, lb := timeless(ra), timeless(rb)
	if len(la) != len(lb) {
		t.Fatalf("%s: %d and %d rounds", what, len(la), len(lb))
	}
	for i := range la {
		if la[i] != lb[i] {
			t.Fatalf("%s: round %d differs:\n%s\n%s", what, i+1, la[i], lb[i])
		}
	}
}

func TestWorkersDoNotMatter(t *testing.T) {
	one, eight := standard(t), standard(t)
	one.workers, eight.workers = 1, 8
	a, ra, err := one.run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	b, rb, err := eight.run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "1 and 8 workers", a, b, ra, rb)
	if len(ra) != rounds || len(ra[0].Cohort) != 3 {
		t.Errorf("%d rounds, first cohort %v", len(ra), ra[0].Cohort)
	}
}

// A run that is stopped after round k and resumed equals one that was not, whatever a kill left in the journal.
func TestResume(t *testing.T) {
	whole := standard(t)
	want, wantRecords, err := whole.run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for k := 1; k < rounds; k++ {
		for _, killed := range []bool{false, true} {
			s := standard(t)
			ctx, cancel := context.WithCancel(context.Background())
			s.plan.Observe = func(r metric.Round) {
				if r.Round == k {
					cancel()
				}
			}
			if _, _, err := s.run(ctx); !errors.Is(err, context.Canceled) {
				t.Fatalf("stop after round %d: %v", k, err)
			}
			if killed { // as if the last checkpoint were an older one, and the last line torn
				torn := filepath.Join(s.plan.Dir, fed.RoundsFile)
				data, err := os.ReadFile(torn)
				if err != nil {
					t.Fatal(err)
				}
				extra := append(data, data[:len(data)/3]...)
				if err := os.WriteFile(torn, extra, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			s.plan.Observe, s.plan.Resume = nil, true
			got, records, err := s.run(context.Background())
			if err != nil {
				t.Fatalf("resume after round %d: %v", k, err)
			}
			same(t, fmt.Sprintf("stopped after round %d (killed %v)", k, killed), want, got, wantRecords, records)
		}
	}
}

func TestCohorts(t *testing.T) {
	s := standard(t)
	s.problem.Partition.Clients[2].Train = nil // owns nothing
	s.plan.Fraction = 0.01
	seen := map[int]bool{}
	s.plan.Rounds = 25
	_, records, err := s.run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if len(r.Cohort) != 1 {
			t.Fatalf("cohort %v", r.Cohort)
		}
		seen[r.Cohort[0]] = true
	}
	if seen[2] || len(seen) < 4 {
		t.Errorf("clients that took part: %v", seen)
	}
	s.plan.Fraction, s.plan.Rounds, s.plan.Dir = 1, 1, t.TempDir()
	_, records, err = s.run(context.Background())
	if err != nil || !slices.Equal(records[0].Cohort, []int{0, 1, 3, 4, 5}) {
		t.Errorf("everybody: %v, %v", records, err)
	}
	for k := range s.problem.Partition.Clients {
		s.problem.Partition.Clients[k].Train = nil
	}
	s.plan.Dir = t.TempDir()
	if _, _, err := s.run(context.Background()); err == nil || !strings.Contains(err.Error(), "no client") {
		t.Errorf("nobody: %v", err)
	}
}

// failing fails on client 3.
type failing struct{}

func (failing) Round(r *fed.Round) error {
	_, err := fed.Map(r, func(c *fed.Client) (int, error) {
		if c.ID == 3 {
			return 0, errors.New("lost")
		}
		return 0, nil
	})
	return err
}

func TestErrorsNameRoundAndClient(t *testing.T) {
	s := standard(t)
	s.plan.Fraction, s.method = 1, failing{}
	if _, _, err := s.run(context.Background()); err == nil || !strings.Contains(err.Error(), "round 1, client 3: lost") {
		t.Errorf("client error: %v", err)
	}
	s = standard(t)
	o := options()
	o.SGD.LR = 1e20
	s.method = method.FedAvg{Options: o}
	if _, _, err := s.run(context.Background()); err == nil || !strings.Contains(err.Error(), "round") || !strings.Contains(err.Error(), "learning rate") {
		t.Errorf("divergence: %v", err)
	}
	s = standard(t)
	s.problem.Train.X.Data[5] = float32(math.NaN())
	s.plan.Fraction = 1
	if _, _, err := s.run(context.Background()); err == nil || !strings.Contains(err.Error(), "client") || !strings.Contains(err.Error(), "row 0") {
		t.Errorf("NaN feature: %v", err)
	}
}

func TestCheckpointDamage(t *testing.T) {
	s := standard(t)
	state, _, err := s.run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(s.plan.Dir, fed.CheckpointDir)
	size, clients := len(state.Global), state.Personal.Len()
	back, err := fed.LoadCheckpoint(dir, size, clients)
	if err != nil || !fedtest.Same(t, back, state) {
		t.Fatalf("round trip: %v", err)
	}
	for name, c := range map[string]struct{ size, clients int }{"another module": {size + 1, clients}, "another partition": {size, clients + 1}} {
		if _, err := fed.LoadCheckpoint(dir, c.size, c.clients); fault.KindOf(err) != fault.Corrupt {
			t.Errorf("%s: %v", name, err)
		}
	}
	arrays, err := filepath.Glob(filepath.Join(dir, "*.npy"))
	if err != nil || len(arrays) != 2 {
		t.Fatalf("%v, %v", arrays, err)
	}
	for _, path := range arrays {
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(good); n += 1 + len(good)/41 {
			bad := slices.Clone(good)
			bad[n] ^= 1
			for what, data := range map[string][]byte{"cut": good[:n], "changed": bad} {
				if err := os.WriteFile(path, data, 0o644); err != nil {
					t.Fatal(err)
				}
				if _, err := fed.LoadCheckpoint(dir, size, clients); fault.KindOf(err) != fault.Mismatch {
					t.Fatalf("%s %s at %d: %v", filepath.Base(path), what, n, err)
				}
			}
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if _, err := fed.LoadCheckpoint(dir, size, clients); fault.KindOf(err) != fault.Corrupt {
			t.Errorf("%s missing: %v", filepath.Base(path), err)
		}
		if err := os.WriteFile(path, good, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := fed.LoadCheckpoint(t.TempDir(), size, clients); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no checkpoint: %v", err)
	}
}
