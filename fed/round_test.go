package fed_test

import (
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
