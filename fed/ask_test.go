package fed_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
)

// Average is Σ n_k φ_k / Σ n_k over the cohort; drift is the mean distance to the old average and the weighted root
// mean square distance to the new one.
func TestAverage(t *testing.T) {
	p := fedtest.New(t, 4)
	home := p.Home(p.Module(t, "lora"))
	size := len(home.Initial)
	m := made{
		stages: fed.Stages{"move": func(c *fed.Client, q fed.Message) fed.Message {
			phi := c.Copy(q["phi"])
			phi[0] += float32(c.ID)
			c.Observe("odd", []float64{math.NaN(), 1}[c.ID%2])
			c.Observe("never", math.NaN())
			return fed.Message{"phi": phi, "id": {float32(c.ID), 1}}
		}},
		round: func(r *fed.Round) error {
			mean, err := r.Average(fed.Ask{Stage: "move"}, "phi", "id")
			r.Shared["phi"], r.Own["id"] = mean["phi"], mean["id"]
			return err
		},
	}
	o := fedtest.MustRun(t, home, fed.Plan{Rounds: 1, Workers: 3, Method: m})
	var sum, total, away float64
	for k, s := range p.Partition.Clients {
		sum, total = sum+float64(k*len(s.Train)), total+float64(len(s.Train))
	}
	mean := sum / total
	for k := range 4 {
		away += (float64(k) - mean) * (float64(k) - mean) * float64(len(p.Partition.Clients[k].Train)) / total
	}
	phi, rec := o.State.Shared["phi"], o.Records[0]
	for name, v := range map[string][2]float64{
		"average":    {float64(phi[0] - home.Initial[0]), mean},
		"of numbers": {float64(o.State.Own["id"][0]), mean},
		"of ones":    {float64(o.State.Own["id"][1]), 1},
		"drift":      {rec.Diagnosis["drift"], 1.5},
		"drift_new":  {rec.Diagnosis["drift_new"], math.Sqrt(away)},
		"odd":        {rec.Diagnosis["odd"], 1},
	} {
		if math.Abs(v[0]-v[1]) > 1e-5 {
			t.Errorf("%s is %v, want %v", name, v[0], v[1])
		}
	}
	for i := 1; i < size; i++ { // parameters on which all agree stay, up to the rounding of the weights' sum
		if d := math.Abs(float64(phi[i] - home.Initial[i])); d > 1e-6 {
			t.Errorf("parameter %d moves by %v", i, d)
		}
	}
	if _, there := rec.Diagnosis["never"]; there {
		t.Error("a quantity without values has a mean")
	}
	if rec.Floats != int64(4*(2*size+2)) {
		t.Errorf("%d numbers sent: 4 clients get %d parameters and answer with 2 more", rec.Floats, size)
	}
}

func TestAverageRefusesNaN(t *testing.T) {
	p := fedtest.New(t, 2)
	m := made{
		stages: fed.Stages{"answer": func(c *fed.Client, q fed.Message) fed.Message {
			return fed.Message{"phi": {1}}
		}},
		round: func(r *fed.Round) error {
			toNothing := func(k int) float64 { return float64(2*k - 1) }
			_, err := r.Average(fed.Ask{Stage: "answer", Weight: toNothing}, "phi")
			return err
		},
	}
	_, err := fedtest.Run(t.Context(), p.Home(p.Module(t, "lora")), fed.Plan{Rounds: 1, Method: m})
	if err == nil || !strings.Contains(err.Error(), "round 1: the average is not finite") {
		t.Errorf("error %v", err)
	}
}

// Asked in order, every question is formed when the answer before it is folded, whatever the number of workers;
// otherwise questions are what was shared when the ask began.
func TestInOrder(t *testing.T) {
	p := fedtest.New(t, 5)
	for _, inOrder := range []bool{true, false} {
		m := made{
			stages: fed.Stages{"count": func(c *fed.Client, q fed.Message) fed.Message {
				return fed.Message{"n": {q["n"][0] + 1}}
			}},
			round: func(r *fed.Round) error {
				r.Shared["n"] = []float32{0}
				ask := fed.Ask{Stage: "count", InOrder: inOrder}
				if inOrder {
					ask.Question = func(int) fed.Message { return r.Shared }
				}
				ask.Fold = func(k int, answer fed.Message) { r.Shared["n"] = slices.Clone(answer["n"]) }
				return r.Ask(ask)
			},
		}
		o := fedtest.MustRun(t, p.Home(p.Module(t, "lora")), fed.Plan{Rounds: 1, Workers: 4, Method: m})
		if want := map[bool]float32{true: 5, false: 1}[inOrder]; o.State.Shared["n"][0] != want {
			t.Errorf("in order %v: counted to %v", inOrder, o.State.Shared["n"])
		}
	}
}

// What a client could not do names round and client, and the round leaves nothing behind.
func TestClientErrorIsNamed(t *testing.T) {
	p := fedtest.New(t, 6)
	broken := errors.New("broken")
	dir := t.TempDir()
	calls := 0
	m := asking(nil)
	m.stages["do"] = func(c *fed.Client, q fed.Message) fed.Message {
		c.Keep("phi", q["phi"])
		if q["round"][0] == 2 && (c.ID == 3 || c.ID == 5) {
			c.Fail(broken)
			c.Fail(errors.New("later"))
		}
		return nil
	}
	m.round = func(r *fed.Round) error {
		calls++
		r.Shared["round"] = []float32{float32(r.Index)}
		return r.Ask(fed.Ask{Stage: "do"})
	}
	plan := fed.Plan{Dir: dir, Rounds: 5, CheckpointEvery: 1, Workers: 4, Method: m}
	_, err := fedtest.Run(t.Context(), p.Home(p.Module(t, "lora")), plan)
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "round 3, client 3: broken") {
		t.Errorf("error %v", err)
	}
	data, err := os.ReadFile(filepath.Join(dir, fed.RoundsFile))
	if err != nil || strings.Count(string(data), "\n") != 2 || checkpointRound(t, dir) != 2 || calls != 3 {
		t.Errorf("after two good rounds: checkpoint of round %d, %s (%v)", checkpointRound(t, dir), data, err)
	}
	_, err = fedtest.Run(t.Context(), p.Home(p.Module(t, "lora")), fed.Plan{Rounds: 1, Method: made{
		round: func(r *fed.Round) error { return r.Ask(fed.Ask{Stage: "nothing"}) },
	}})
	if err == nil || !strings.Contains(err.Error(), `no stage "nothing"`) {
		t.Errorf("a stage that is not there: %v", err)
	}
}

// Vectors that a stage works on are used again at once; those that an answer holds, even a part of, when it is folded.
func TestAnswersKeepTheirMemory(t *testing.T) {
	p := fedtest.New(t, 12)
	m := made{
		stages: fed.Stages{"answer": func(c *fed.Client, q fed.Message) fed.Message {
			scratch, whole := c.Zeros(64), c.Zeros(64)
			for i := range whole {
				scratch[i], whole[i] = -1, float32(c.ID)
			}
			return fed.Message{"part": whole[10:20]}
		}},
		round: func(r *fed.Round) error {
			return r.Ask(fed.Ask{Stage: "answer", Fold: func(k int, answer fed.Message) {
				for _, v := range answer["part"] {
					if v != float32(k) {
						t.Errorf("the answer of client %d holds %v", k, v)
					}
				}
			}})
		},
	}
	fedtest.MustRun(t, p.Home(p.Module(t, "lora")), fed.Plan{Rounds: 20, Workers: 4, Method: m})
}
