package lab_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/metric"
)

// Clients that never took part are the same under every method and training seed, and are scored alike from any number
// of workers, after an interruption, and evaluated again.
func TestUnseen(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	var held []metric.Client
	for _, e := range tables.Methods {
		chosen := lab.Settings{"method": e.Name, "unseen": 2, "clients": 5}
		if e.Host != "" {
			chosen["module"] = e.Host
		}
		spec := mustSpec(t, tables, b.base(chosen))
		whole := mustRun(t, spec, b.path(e.Name), lab.How{Workers: 1})
		u := whole.Unseen
		if u == nil || len(u.Clients) != 2 || len(whole.Clients) != 3 || (u.Rounds > 0) != spec.Trains() {
			t.Fatalf("%s: %d clients, %+v", e.Name, len(whole.Clients), u)
		}
		for i, c := range u.Clients {
			if math.IsNaN(float64(c.Personal)) || c.Train == 0 || c.Test == 0 {
				t.Errorf("%s: %+v", e.Name, c)
			}
			if held != nil && !reflect.DeepEqual(held[i].Histogram, c.Histogram) {
				t.Errorf("%s: other clients are held out", e.Name)
			}
		}
		held = u.Clients
		if err := whole.Check(); err != nil {
			t.Errorf("%s: %v", e.Name, err)
		}
		if whole.ClientName(3) != "client 4" {
			t.Errorf("a newcomer is called %s", whole.ClientName(3))
		}
		if memory := mustRun(t, spec, "", lab.How{Workers: 3}); asJSON(t, memory) != asJSON(t, whole) {
			t.Errorf("%s: three workers find something else", e.Name)
		}
		f, err := tables.Open(b.path(e.Name))
		if err != nil {
			t.Fatal(err)
		}
		again, err := f.Evaluate(context.Background(), "", 2)
		if err != nil || asJSON(t, again.Unseen) != asJSON(t, u) {
			t.Errorf("%s evaluated again: %v, %s", e.Name, err, asJSON(t, again.Unseen))
		}
	}
	spec := mustSpec(t, tables, b.base(lab.Settings{"unseen": 1, "rounds": 4}))
	whole := mustRun(t, spec, "", lab.How{})
	ctx, stop := context.WithCancel(context.Background())
	_, err := lab.Run(ctx, spec, b.path("broken"), lab.How{Observe: func(metric.Round) { stop() }})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	again := mustRun(t, spec, b.path("broken"), lab.How{Resume: true})
	if asJSON(t, again) != asJSON(t, whole) {
		t.Error("an interrupted run is another one")
	}
	none := asJSON(t, mustRun(t, mustSpec(t, tables, b.base(nil)), "", lab.How{}))
	if strings.Contains(none, "unseen") || strings.Contains(none, "adapt") {
		t.Error("a run in which all take part speaks of others")
	}
}

// A number of rounds for newcomers stands in place of the run's personal rounds, and in its spec.
func TestAdaptRounds(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	chosen := lab.Settings{"method": "fedpurel", "unseen": 1, "personal_rounds": 3, "adapt_rounds": 2}
	r := mustRun(t, mustSpec(t, tables, b.base(chosen)), b.path("run"), lab.How{})
	if r.Unseen.Rounds != 2 {
		t.Errorf("newcomers were fitted in %d rounds", r.Unseen.Rounds)
	}
	f, err := tables.Open(b.path("run"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.Evaluate(context.Background(), "", 2)
	if err != nil || asJSON(t, again.Unseen) != asJSON(t, r.Unseen) {
		t.Errorf("evaluated again: %v, %s", err, asJSON(t, again.Unseen))
	}
	p := lab.Personalize{Cache: b.path("cache"), Name: "new", Rounds: 4}
	if _, err := f.Personalize(context.Background(), p, b.path("new"), lab.How{}); err != nil {
		t.Error(err)
	}
}
