package fed_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
)

func TestCohortSizes(t *testing.T) {
	p := fedtest.New(t, 5)
	for _, c := range []struct {
		fraction float64
		size     int
	}{{1e-9, 1}, {0.2, 1}, {0.59, 2}, {0.6, 3}, {1, 5}} {
		seen := map[int]bool{}
		idle := made{round: func(*fed.Round) error { return nil }}
		o := fedtest.MustRun(t, p.Home(p.Module(t, "lora")), fed.Plan{Method: idle, Rounds: 20, Fraction: c.fraction})
		for _, rec := range o.Records {
			distinct := len(slices.Compact(slices.Clone(rec.Cohort)))
			if len(rec.Cohort) != c.size || !slices.IsSorted(rec.Cohort) || distinct != c.size {
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

// Clients without training data never take part; a federation of nobody is an error.
func TestClientsWithoutData(t *testing.T) {
	p := fedtest.New(t, 6)
	p.Partition.Clients[2].Train = nil
	plan := fed.Plan{Method: fedtest.Method(t, "fedavg"), Rounds: 25, Fraction: 0.01, Workers: 2}
	seen := map[int]bool{}
	for _, r := range fedtest.MustRun(t, p.Home(p.Module(t, "lora")), plan).Records {
		seen[r.Cohort[0]] = true
	}
	if seen[2] || len(seen) < 4 {
		t.Errorf("clients that took part: %v", seen)
	}
	plan.Fraction, plan.Rounds = 1, 1
	o := fedtest.MustRun(t, p.Home(p.Module(t, "lora")), plan)
	if !slices.Equal(o.Records[0].Cohort, []int{0, 1, 3, 4, 5}) {
		t.Errorf("everybody: %v", o.Records)
	}
	for k := range p.Partition.Clients {
		p.Partition.Clients[k].Train = nil
	}
	_, err := fedtest.Run(t.Context(), p.Home(p.Module(t, "lora")), plan)
	if err == nil || !strings.Contains(err.Error(), "no client") {
		t.Errorf("nobody: %v", err)
	}
}

// After the run's rounds, and where Everyone says so, all clients take part.
func TestRoundsOfEveryone(t *testing.T) {
	p := fedtest.New(t, 5)
	var extra []bool
	m := made{round: func(r *fed.Round) error { extra = append(extra, r.Extra()); return nil }}
	o := fedtest.MustRun(t, p.Home(p.Module(t, "lora")), fed.Plan{
		Method: m, Rounds: 3, Extra: 2, Fraction: 0.2, Everyone: func(round int) bool { return round == 0 },
	})
	var sizes []int
	for _, r := range o.Records {
		sizes = append(sizes, len(r.Cohort))
	}
	if !slices.Equal(sizes, []int{5, 1, 1, 5, 5}) || !slices.Equal(extra, []bool{false, false, false, true, true}) {
		t.Errorf("cohorts of %v, extra %v", sizes, extra)
	}
}

// averaging asks for an average of "x" over what a stage answers.
func averaging(stage fed.Stage) made {
	return made{stages: fed.Stages{"do": stage}, round: func(r *fed.Round) error {
		_, err := r.Average(fed.Ask{Stage: "do"}, "x")
		return err
	}}
}

// What cannot be averaged, named, or asked is an error that says so; a silent one would be a wrong average.
func TestRoundRefuses(t *testing.T) {
	p := fedtest.New(t, 4)
	for want, m := range map[string]made{
		`client 2: stage "do": the answer has no "x"`: averaging(func(c *fed.Client, _ fed.Message) fed.Message {
			if c.ID == 2 {
				return fed.Message{}
			}
			return fed.Message{"x": {1}}
		}),
		`client 1: stage "do": the answer's "x" has 2 values, others have 1`: averaging(
			func(c *fed.Client, _ fed.Message) fed.Message {
				return fed.Message{"x": make([]float32, 1+min(c.ID, 1))}
			}),
		`"Head.B" needs a name`: asking(func(c *fed.Client, _ fed.Message) fed.Message {
			c.Keep("Head.B", []float32{1})
			return nil
		}),
		`"Own" needs a name`: {round: func(r *fed.Round) error { r.Own["Own"] = []float32{1}; return nil }},
		`not ascending`: {round: func(r *fed.Round) error {
			return r.Ask(fed.Ask{Stage: "do", Of: []int{1, 1}})
		}},
		`stage "counts" is the engine's own`:     {stages: fed.Stages{"counts": nil}},
		`stage "class-rows" is the engine's own`: {stages: fed.Stages{"class-rows": nil}},
	} {
		_, err := fedtest.Run(t.Context(), p.Home(p.Module(t, "lora")), fed.Plan{Rounds: 1, Workers: 2, Method: m})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// Questions of a method's own are formed before anything is folded: fold and question may use the same vectors.
func TestQuestionsBeforeFolds(t *testing.T) {
	p := fedtest.New(t, 8)
	m := made{
		stages: fed.Stages{"echo": func(c *fed.Client, q fed.Message) fed.Message {
			return fed.Message{"n": c.Copy(q["n"])}
		}},
		round: func(r *fed.Round) error {
			r.Own["n"] = []float32{0}
			return r.Ask(fed.Ask{
				Stage:    "echo",
				Question: func(int) fed.Message { return fed.Message{"n": r.Own["n"]} },
				Fold: func(_ int, answer fed.Message) {
					if answer["n"][0] != 0 {
						t.Errorf("a question was formed after a fold: %v", answer)
					}
					r.Own["n"] = []float32{1}
				},
			})
		},
	}
	fedtest.MustRun(t, p.Home(p.Module(t, "lora")), fed.Plan{Rounds: 5, Workers: 4, Method: m})
}

// unending is a transport whose rounds cannot be closed.
type unending struct{ *fed.Home }

func (u unending) End(keep bool) error {
	if keep {
		return errors.New("lost the clients")
	}
	return u.Home.End(false)
}

// A round that the clients could not keep is not one: the state stays as it was.
func TestRoundThatDoesNotEnd(t *testing.T) {
	p := fedtest.New(t, 3)
	home, dir := p.Home(p.Module(t, "lora")), t.TempDir()
	plan := fed.Plan{Rounds: 3, Dir: dir, CheckpointEvery: 1, Method: fedtest.Method(t, "fedavg")}
	plan.Transport = unending{home}
	_, err := fedtest.Run(t.Context(), home, plan)
	if err == nil || !strings.Contains(err.Error(), "lost the clients") || checkpointRound(t, dir) != 0 {
		t.Errorf("%v, a checkpoint of round %d", err, checkpointRound(t, dir))
	}
}
