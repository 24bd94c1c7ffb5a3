package fed_test

import (
	"math"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
)

// adjusted is the logit-adjusted loss with a prior.
func adjusted(t *testing.T, prior string) fed.Loss {
	t.Helper()
	e, err := train.FindLoss("adjusted")
	if err != nil {
		t.Fatal(err)
	}
	return fed.Loss{LossEntry: e, Options: train.Adjust{Tau: 1, Prior: prior}}
}

// Class counts that are estimated from updates of the head come close to the true ones, cost C numbers a client, once,
// and do not depend on workers; the first round says how close they came.
func TestEstimatedCounts(t *testing.T) {
	const rounds = 3
	for _, name := range []string{"linear", "lora-head", "gate-head"} {
		p := fedtest.New(t, 5)
		run := func(loss fed.Loss, workers int) fedtest.Outcome {
			home := p.Home(p.Module(t, name))
			home.Loss = loss
			plan := fed.Plan{Method: fedtest.Method(t, "fedavg"), Rounds: rounds, Fraction: 0.4, Workers: workers}
			return fedtest.MustRun(t, home, plan)
		}
		o := run(adjusted(t, "estimated"), 1)
		fedtest.Identical(t, run(adjusted(t, "estimated"), 3), o)

		counts, truth, sum := o.State.Shared["counts"], make([]float32, fedtest.Classes), 0.0
		for c, n := range p.Partition.Counts {
			truth[c] = float32(n)
			if counts[c] < 5 || counts[c] != float32(math.Trunc(float64(counts[c]))) {
				t.Errorf("%s: class %d is estimated to have %v samples", name, c, counts[c])
			}
			sum += float64(counts[c])
		}
		if math.Abs(sum-395) > 5*fedtest.Classes {
			t.Errorf("%s: the estimates add up to %v of 395 samples", name, sum)
		}
		cosine := f32.Dot(counts, truth) / f32.Norm(counts) / f32.Norm(truth)
		equal := f32.Dot(truth, ones()) / f32.Norm(truth) / f32.Norm(ones())
		if cosine < 0.95 || cosine < equal {
			t.Errorf("%s: the cosine with the true counts is %.3f, %.3f of equal ones", name, cosine, equal)
		}
		plain := run(fed.Loss{}, 1)
		for i, r := range o.Records {
			d, there := r.Diagnosis["prior_cosine"]
			if there != (i == 0) || there && math.Abs(d-cosine) > 1e-9 {
				t.Errorf("%s: round %d tells a cosine of %v, want %v", name, i+1, d, cosine)
			}
			extra := int64(2 * fedtest.Classes) // every question to the cohort carries them
			if i == 0 {
				extra += 5 * fedtest.Classes
			}
			if got := r.Floats - plain.Records[i].Floats; got != extra {
				t.Errorf("%s: round %d sends %d numbers more than plain training, want %d", name, i+1, got, extra)
			}
		}
	}
}

// Class counts that clients tell are C numbers of each, once, and are then in every question; nothing else is sent for
// them.
func TestToldCounts(t *testing.T) {
	for _, method := range []string{"fedavg", "local", "fedper"} {
		p := fedtest.New(t, 5)
		run := func(loss fed.Loss) fedtest.Outcome {
			home := p.Home(p.Module(t, "linear"))
			home.Loss = loss
			return fedtest.MustRun(t, home, fed.Plan{Method: fedtest.Method(t, method), Rounds: 2, Fraction: 0.4})
		}
		plain := run(fed.Loss{})
		for i, r := range run(adjusted(t, "global")).Records {
			extra := int64(2 * fedtest.Classes)
			if i == 0 {
				extra += 5 * fedtest.Classes
			}
			if got := r.Floats - plain.Records[i].Floats; got != extra {
				t.Errorf("%s: round %d sends %d numbers more than plain training, want %d", method, i+1, got, extra)
			}
		}
	}
}

func ones() []float32 {
	v := make([]float32, fedtest.Classes)
	for i := range v {
		v[i] = 1
	}
	return v
}

// Without a trainable head nothing can be read off it.
func TestEstimateNeedsHead(t *testing.T) {
	p := fedtest.New(t, 5)
	home := p.Home(p.Module(t, "lora"))
	home.Loss = adjusted(t, "estimated")
	_, err := fedtest.Run(t.Context(), home, fed.Plan{Method: fedtest.Method(t, "fedavg"), Rounds: 1})
	if err == nil || !strings.Contains(err.Error(), "trainable head, which the module lacks") {
		t.Errorf("error %v", err)
	}
}

// A run that is resumed goes on with the counts that were estimated.
func TestEstimateIsResumed(t *testing.T) {
	p := fedtest.New(t, 5)
	run := func(rounds int, dir string) fedtest.Outcome {
		home := p.Home(p.Module(t, "linear"))
		home.Loss = adjusted(t, "estimated")
		plan := fed.Plan{Method: fedtest.Method(t, "fedavg"), Rounds: rounds, Dir: dir, Resume: true}
		return fedtest.MustRun(t, home, plan)
	}
	want, dir := run(3, t.TempDir()), t.TempDir()
	run(1, dir)
	fedtest.Identical(t, run(3, dir), want)
}
