package fed_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// serverMomentum is a method that uses everything that a state holds: FedPuReL, with momentum at the server.
type serverMomentum struct{ method.FedPuReL }

func (m serverMomentum) Round(r *fed.Round) error {
	before := r.State.Global
	if err := m.FedPuReL.Round(r); err != nil {
		return err
	}
	v := r.State.Server["velocity"]
	if v == nil {
		v = make([]float32, len(before))
	}
	for i, now := range r.State.Global {
		v[i] = 0.5*v[i] + now - before[i] // in place: a step that fails must not keep it
		r.State.Global[i] = before[i] + v[i]
	}
	r.State.Server["velocity"] = v
	return nil
}

// roundFunc is a method made of a function.
type roundFunc func(*fed.Round) error

func (f roundFunc) Round(r *fed.Round) error { return f(r) }

// score depends on the whole global vector and has values that JSON writes as null.
func score(s *fed.State) (*metric.Scores, error) {
	if s.Round%2 == 0 {
		return nil, nil
	}
	return &metric.Scores{
		Global: metric.Score{{Name: metric.Accuracy, Value: f32.Norm(s.Global)}},
		Moved:  metric.Score{{Name: metric.TKL, Value: math.NaN()}},
	}, nil
}

// outcome is what a run found, in a form that can be compared.
type outcome struct {
	state   *fed.State
	records []metric.Round
}

// identical fails unless both states are equal bit for bit and the records are equal apart from their times.
func identical(t *testing.T, got, want outcome) {
	t.Helper()
	if !fedtest.Same(t, got.state, want.state) {
		t.Error("the states differ")
	}
	if a, b := records(t, got.records), records(t, want.records); a != b {
		t.Errorf("the records differ:\n%s\n%s", a, b)
	}
}

func records(t *testing.T, all []metric.Round) string {
	t.Helper()
	all = slices.Clone(all)
	for i := range all {
		all[i].Seconds = 0
	}
	data, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func run(ctx context.Context, env *fed.Env, p fed.Plan) (outcome, error) {
	if p.Fraction == 0 {
		p.Fraction = 0.6
	}
	if p.Evaluate == nil {
		p.Evaluate = score
	}
	s, r, err := fed.Run(ctx, env, p)
	return outcome{s, r}, err
}

func mustRun(t *testing.T, env *fed.Env, p fed.Plan) outcome {
	t.Helper()
	if p.Dir == "" {
		p.Dir = t.TempDir()
	}
	o, err := run(t.Context(), env, p)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// The vectors of both stages and of the server are the same for any number of workers.
func TestWorkersDoNotMatterToAnyState(t *testing.T) {
	p := fedtest.New(t, 6)
	for _, module := range []string{"gate", "lora"} {
		t.Run(module, func(t *testing.T) {
			m := p.Module(t, module)
			plan := fed.Plan{Method: serverMomentum{method.FedPuReL{Options: options()}}, Rounds: 3, Fraction: 1}
			one := mustRun(t, p.Env(t.Context(), m, 1), plan)
			identical(t, mustRun(t, p.Env(t.Context(), m, 8), plan), one)
			if f32.Distance(one.state.Global, p.Env(t.Context(), m, 1).Initial) == 0 {
				t.Error("nothing was learned")
			}
			for i, rec := range one.records {
				if rec.Round != i+1 || len(rec.Diagnosis) < 5 || rec.Seconds <= 0 {
					t.Errorf("record %+v", rec)
				}
			}
		})
	}
}

// Momentum that is handed from client to client goes the same way with any number of workers, in every method.
func TestCarriedMomentumIgnoresWorkers(t *testing.T) {
	p, o := fedtest.New(t, 6), options()
	o.CarryMomentum = true
	for _, m := range []fed.Method{method.FedPuReL{Options: o}, method.FedAvg{Options: o}, method.Local{Options: o}} {
		plan := fed.Plan{Method: m, Rounds: 3, Fraction: 1}
		identical(t, mustRun(t, p.Env(t.Context(), p.Module(t, "lora"), 8), plan), mustRun(t, p.Env(t.Context(), p.Module(t, "lora"), 1), plan))
	}
}

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

func resumePlan() fed.Plan {
	return fed.Plan{Method: serverMomentum{method.FedPuReL{Options: options()}}, Rounds: rounds}
}

func TestCancelledRunResumes(t *testing.T) {
	p := fedtest.New(t, 5)
	m := p.Module(t, "lora")
	want := mustRun(t, p.Env(t.Context(), m, 2), resumePlan())
	for _, every := range []int{0, 3} {
		for _, k := range []int{1, 2, 3, 5, rounds} {
			t.Run(fmt.Sprintf("after %d, every %d", k, every), func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				plan := resumePlan()
				plan.Dir, plan.CheckpointEvery = t.TempDir(), every
				plan.Observe = func(r metric.Round) {
					if r.Round == k {
						cancel()
					}
				}
				if _, err := run(ctx, p.Env(ctx, m, 2), plan); !errors.Is(err, context.Canceled) {
					t.Fatalf("error %v", err)
				}
				if n := checkpointRound(t, plan.Dir); n != k {
					t.Errorf("the checkpoint is of round %d", n)
				}
				var heard []int
				plan.Resume, plan.Observe = true, func(r metric.Round) { heard = append(heard, r.Round) }
				identical(t, mustRun(t, p.Env(t.Context(), m, 2), plan), want)
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
	want := mustRun(t, p.Env(t.Context(), m, 2), resumePlan())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	plan := resumePlan()
	inner := plan.Method
	plan.Dir = t.TempDir()
	plan.Method = roundFunc(func(r *fed.Round) error {
		if r.Index == 4 {
			cancel()
		}
		return inner.Round(r)
	})
	if _, err := run(ctx, p.Env(ctx, m, 2), plan); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if n := checkpointRound(t, plan.Dir); n != 4 {
		t.Errorf("the checkpoint is of round %d, finished were 4", n)
	}
	plan.Resume, plan.Method = true, inner
	identical(t, mustRun(t, p.Env(t.Context(), m, 2), plan), want)
}

// A killed run leaves lines after the checkpoint, a torn last line and arrays that no checkpoint names. The copy of the
// run folder is taken after a round's line and before its checkpoint.
func TestKilledRunResumes(t *testing.T) {
	p := fedtest.New(t, 5)
	m := p.Module(t, "gate")
	copies := t.TempDir()
	folder := func(k int) string { return filepath.Join(copies, fmt.Sprint(k)) }
	plan := resumePlan()
	plan.Dir, plan.CheckpointEvery = t.TempDir(), 3
	plan.Observe = func(r metric.Round) {
		if err := os.CopyFS(folder(r.Round), os.DirFS(plan.Dir)); err != nil {
			t.Error(err)
		}
	}
	want := mustRun(t, p.Env(t.Context(), m, 2), plan)
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
			stray := filepath.Join(dir, fed.CheckpointDir, fmt.Sprintf("round-%06d.global.npy", k+1))
			if at > 0 {
				if err := os.WriteFile(stray, []byte("half an array"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			again := plan
			again.Dir, again.Resume, again.Observe = dir, true, nil
			identical(t, mustRun(t, p.Env(t.Context(), m, 2), again), want)

			arrays, err := filepath.Glob(filepath.Join(dir, fed.CheckpointDir, "*.npy"))
			if err != nil || len(arrays) != 3 { // global, personal, velocity
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
			plan := resumePlan()
			plan.Rounds, plan.Dir = 2, t.TempDir()
			mustRun(t, p.Env(t.Context(), m, 1), plan)
			path := filepath.Join(plan.Dir, fed.RoundsFile)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if c.spoil == nil {
				err = os.Remove(path)
			} else {
				err = os.WriteFile(path, []byte(strings.Join(c.spoil(strings.SplitAfter(string(data), "\n")), "")), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			plan.Rounds, plan.Resume = 3, true
			if _, err := run(t.Context(), p.Env(t.Context(), m, 1), plan); err == nil || fault.KindOf(err) != c.kind {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestCohortSizes(t *testing.T) {
	p := fedtest.New(t, 5)
	env := p.Env(t.Context(), p.Module(t, "lora"), 2)
	for _, c := range []struct {
		fraction float64
		size     int
	}{{1e-9, 1}, {0.2, 1}, {0.59, 2}, {0.6, 3}, {1, 5}} {
		seen := map[int]bool{}
		o := mustRun(t, env, fed.Plan{Method: roundFunc(func(*fed.Round) error { return nil }), Rounds: 20, Fraction: c.fraction})
		for _, rec := range o.records {
			if len(rec.Cohort) != c.size || !slices.IsSorted(rec.Cohort) || len(slices.Compact(slices.Clone(rec.Cohort))) != c.size {
				t.Errorf("fraction %v: cohort %v", c.fraction, rec.Cohort)
			}
			for _, k := range rec.Cohort {
				seen[k] = true
			}
		}
		if len(seen) != 5 {
			t.Errorf("fraction %v: only clients %v take part in 20 rounds", c.fraction, seen)
		}
	}
}

// With one client in the cohort its parameters become the global ones.
func TestCohortOfOne(t *testing.T) {
	p := fedtest.New(t, 5)
	o := mustRun(t, p.Env(t.Context(), p.Module(t, "lora"), 4), fed.Plan{Method: method.FedAvg{Options: options()}, Rounds: 4, Fraction: 1e-9})
	last := o.records[3]
	if !slices.Equal(o.state.Global, fedtest.Personal(t, o.state)[last.Cohort[0]]) {
		t.Errorf("the average of client %v differs from its parameters", last.Cohort)
	}
	if last.Diagnosis["drift"] <= 0 || last.Diagnosis["drift_new"] > 1e-4*last.Diagnosis["drift"] {
		t.Errorf("diagnosis %v", last.Diagnosis)
	}
}

func TestClientErrorIsNamed(t *testing.T) {
	p := fedtest.New(t, 6)
	broken := errors.New("broken")
	dir := t.TempDir()
	_, err := run(t.Context(), p.Env(t.Context(), p.Module(t, "lora"), 4), fed.Plan{Dir: dir, Rounds: 5, Fraction: 1, CheckpointEvery: 1, Method: roundFunc(func(r *fed.Round) error {
		_, err := fed.Map(r, func(c *fed.Client) (int, error) {
			if err := c.Keep(c.Global()); err != nil {
				return 0, err
			}
			if r.Index == 2 && (c.ID == 3 || c.ID == 5) {
				return 0, broken
			}
			return 0, nil
		})
		return err
	})})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "round 3, client 3: broken") {
		t.Errorf("error %v", err)
	}
	data, err := os.ReadFile(filepath.Join(dir, fed.RoundsFile))
	if err != nil || strings.Count(string(data), "\n") != 2 || checkpointRound(t, dir) != 2 {
		t.Errorf("after two good rounds: checkpoint of round %d, %s (%v)", checkpointRound(t, dir), data, err)
	}
}

func TestEvaluationErrorEndsRun(t *testing.T) {
	p := fedtest.New(t, 2)
	broken := errors.New("broken")
	plan := fed.Plan{Dir: t.TempDir(), Rounds: 2, Method: method.FedAvg{Options: options()}, Evaluate: func(*fed.State) (*metric.Scores, error) { return nil, broken }}
	if _, err := run(t.Context(), p.Env(t.Context(), p.Module(t, "lora"), 1), plan); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

// unguarded hands out features without looking at them.
type unguarded struct{ *fedtest.Memory }

func (u unguarded) Gather(dst f32.Matrix, rows []int) error {
	for i, r := range rows {
		copy(dst.Row(i), u.X.Row(r))
	}
	return nil
}

func TestNotFinite(t *testing.T) {
	huge := func(o *method.Options) { o.SGD.LR, o.Personal.SGD.LR = 1e38, 1e38 }
	for _, c := range []struct {
		name    string
		poison  float32 // replaces a feature of client 1, unless 0
		guarded bool
		set     func(*method.Options)
		want    string
	}{
		{"NaN that the source notices", float32(math.NaN()), true, nil, `round 1, client 1: .*row \d+ is not finite`},
		{"NaN in a feature", float32(math.NaN()), false, nil, `round 1, client 1: step \d+: loss_\w+ is NaN; lower`},
		{"infinite feature", float32(math.Inf(1)), false, nil, `round 1, client 1: step \d+: loss_\w+ is NaN; lower`},
		{"huge learning rate", 0, true, huge, `round 1, client 0: step \d+: loss_\w+ is NaN; lower`},
		{"huge learning rate in the only step", 0, true, func(o *method.Options) { huge(o); o.Batching.Size = 1000 }, `round \d+, client \d: .*(not finite|is NaN); lower`},
		{"huge learning rate of the residual", 0, true, func(o *method.Options) { o.Personal.SGD.LR = 1e300 }, `round 1, client 0: step \d+: loss_personal is NaN; lower`},
	} {
		for _, module := range []string{"gate", "lora"} {
			t.Run(c.name+", "+module, func(t *testing.T) {
				p, o := fedtest.New(t, 3), options()
				if c.set != nil {
					c.set(&o)
				}
				if c.poison != 0 {
					p.Train.X.Row(p.Partition.Clients[1].Train[0])[0] = c.poison
				}
				env := p.Env(t.Context(), p.Module(t, module), 2)
				if !c.guarded {
					env.Train = unguarded{p.Train}
				}
				_, err := run(t.Context(), env, fed.Plan{Dir: t.TempDir(), Method: method.FedPuReL{Options: o}, Rounds: 4, Fraction: 1})
				if err == nil || !regexp.MustCompile(c.want).MatchString(err.Error()) {
					t.Errorf("error %v, want %s", err, c.want)
				}
			})
		}
	}
}

// Average is Σ n_k φ_k / Σ n_k over the cohort; drift is the mean distance to the old average and the weighted root mean square distance to the new one.
func TestAverage(t *testing.T) {
	p := fedtest.New(t, 4)
	env := p.Env(t.Context(), p.Module(t, "lora"), 3)
	size := len(env.Initial)
	o := mustRun(t, env, fed.Plan{Rounds: 1, Fraction: 1, Method: roundFunc(func(r *fed.Round) error {
		return fed.Average(r, func(c *fed.Client) ([]float32, error) {
			phi := c.Global()
			phi[0] += float32(c.ID)
			c.Observe("odd", []float64{math.NaN(), 1}[c.ID%2])
			c.Observe("never", math.NaN())
			return phi, nil
		})
	})})
	var sum, total, away float64
	for k, s := range p.Partition.Clients {
		sum, total = sum+float64(k*len(s.Train)), total+float64(len(s.Train))
	}
	mean := sum / total
	for k := range 4 {
		away += (float64(k) - mean) * (float64(k) - mean) * float64(len(p.Partition.Clients[k].Train)) / total
	}
	away = math.Sqrt(away)
	moved := float64(o.state.Global[0] - env.Initial[0])
	rec := o.records[0]
	for name, v := range map[string][2]float64{
		"average": {moved, mean}, "drift": {rec.Diagnosis["drift"], 1.5}, "drift_new": {rec.Diagnosis["drift_new"], away}, "odd": {rec.Diagnosis["odd"], 1},
	} {
		if math.Abs(v[0]-v[1]) > 1e-5 {
			t.Errorf("%s is %v, want %v", name, v[0], v[1])
		}
	}
	for i := 1; i < size; i++ { // parameters on which all agree stay, up to the rounding of the weights' sum
		if d := math.Abs(float64(o.state.Global[i] - env.Initial[i])); d > 1e-6 {
			t.Errorf("parameter %d moves by %v", i, d)
		}
	}
	if _, there := rec.Diagnosis["never"]; there {
		t.Error("a quantity without values has a mean")
	}
	if rec.Floats != int64(2*size*4) {
		t.Errorf("%d numbers sent, %d parameters, 4 clients", rec.Floats, size)
	}
}

func TestAverageRefusesNaN(t *testing.T) {
	p := fedtest.New(t, 2)
	_, err := run(t.Context(), p.Env(t.Context(), p.Module(t, "lora"), 1), fed.Plan{Dir: t.TempDir(), Rounds: 1, Fraction: 1, Method: roundFunc(func(r *fed.Round) error {
		return fed.Average(r, func(c *fed.Client) ([]float32, error) {
			phi := c.Global()
			if c.ID == 1 {
				phi[3] = float32(math.Inf(1))
			}
			return phi, nil
		})
	})})
	if err == nil || !strings.Contains(err.Error(), "round 1: the average is not finite") {
		t.Errorf("error %v", err)
	}
}

// Batches give every row once, with its own label and teacher, in an order that follows round, client and stage.
func TestBatches(t *testing.T) {
	p := fedtest.New(t, 3)
	for i := range p.Train.Len() { // the row's number, readable from its features
		p.Train.X.Row(i)[0] = float32(i + 1)
	}
	var mu sync.Mutex
	orders := map[string][]int{}
	walk := func(c *fed.Client, stage uint64) []int {
		var rows []int
		last := false
		for b := range c.Batches(fed.Batching{Size: 16}, stage) {
			z, err := c.Teacher(b)
			if err != nil {
				t.Error(err)
			}
			if last || b.X.Rows != len(b.Y) || b.X.Rows != z.Rows {
				t.Errorf("batch of %d after a short one, %d labels, %d teachers", b.X.Rows, len(b.Y), z.Rows)
			}
			last = b.X.Rows < 16
			zero := p.Head.ZeroShot(nil, b.X)
			for i, y := range b.Y {
				row := int(b.X.Row(i)[0]) - 1
				rows = append(rows, row)
				if y != p.Train.Y[row] || f32.Distance(zero.Row(i), z.Row(i)) > 1e-4 || !slices.Equal(b.X.Row(i), p.Train.X.Row(row)) {
					t.Errorf("row %d comes with label %d and teacher %v", row, y, z.Row(i))
				}
			}
		}
		if err := c.Err(nil); err != nil {
			t.Error(err)
		}
		return rows
	}
	mustRun(t, p.Env(t.Context(), p.Module(t, "lora"), 3), fed.Plan{Rounds: 2, Fraction: 1, Method: roundFunc(func(r *fed.Round) error {
		_, err := fed.Map(r, func(c *fed.Client) (int, error) {
			for stage := range uint64(2) {
				rows := walk(c, stage)
				if !slices.Equal(rows, walk(c, stage)) {
					t.Error("a second pass at the same coordinates has another order")
				}
				mu.Lock()
				orders[fmt.Sprint(r.Index, c.ID, stage)] = rows
				mu.Unlock()
			}
			return 0, nil
		})
		return err
	})})
	seen := map[string]string{}
	for at, rows := range orders {
		if other, dup := seen[fmt.Sprint(rows)]; dup {
			t.Errorf("the order at %s is that at %s", at, other)
		}
		seen[fmt.Sprint(rows)] = at
		var index, k, stage int
		if _, err := fmt.Sscan(at, &index, &k, &stage); err != nil {
			t.Fatal(err)
		}
		slices.Sort(rows)
		if !slices.Equal(rows, p.Partition.Clients[k].Train) {
			t.Errorf("at %s: rows %v", at, rows)
		}
	}
	if len(orders) != 12 {
		t.Errorf("%d orders", len(orders))
	}
}

// What a client gets is a copy, except where the name says otherwise.
func TestClientCopies(t *testing.T) {
	p := fedtest.New(t, 2)
	env := p.Env(t.Context(), p.Module(t, "lora"), 1)
	initial := slices.Clone(env.Initial)
	o := mustRun(t, env, fed.Plan{Rounds: 2, Fraction: 1, Method: roundFunc(func(r *fed.Round) error {
		_, err := fed.Map(r, func(c *fed.Client) (int, error) {
			c.Global()[0] = 99
			if own, err := c.Personal(); err != nil {
				return 0, err
			} else {
				own[1] = 99
			}
			if !slices.Equal(c.Frozen(), initial) {
				t.Error("the frozen parameters changed")
			}
			return 0, nil
		})
		return err
	})})
	if !slices.Equal(o.state.Global, initial) || !slices.Equal(env.Initial, initial) || o.state.Personal.Has(0) {
		t.Error("writing to a copy reached the state")
	}
}
