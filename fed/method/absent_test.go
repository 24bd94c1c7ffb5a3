package method_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/train/f32"
)

// leaving is a home whose clients are away in one round.
type leaving struct {
	*fed.Home
	round int
	who   []int
}

var errAway = errors.New("no answer in time")

func (l leaving) Ask(ctx context.Context, c fed.Call) fed.Reply {
	if c.Round == l.round && slices.Contains(l.who, c.Client) {
		return fed.Reply{Absent: errAway}
	}
	return l.Home.Ask(ctx, c)
}

// Every method goes on where a client is away in a round, as if the others were the cohort, and is itself again with
// the next one.
func TestAbsentClient(t *testing.T) {
	for _, e := range method.Methods {
		if e.New == nil {
			continue
		}
		for _, name := range fedtest.Modules() {
			if method.Fits(fedtest.Method(t, e.Name), fedtest.New(t, 2).Module(t, name)) != nil {
				continue
			}
			for _, options := range []string{`{}`, `{"carry_momentum": true}`} {
				t.Run(fmt.Sprint(e.Name, " on ", name, options), func(t *testing.T) {
					absent(t, e.Name, name, options)
				})
			}
		}
	}
}

func absent(t *testing.T, name, module, options string) {
	p, m := fedtest.New(t, 4), fedtest.Method(t, name, options)
	home := p.Home(method.On(m, p.Module(t, module)))
	plan := fed.Plan{Method: m, Rounds: 3, Workers: 2, Transport: leaving{home, 1, []int{2}}}
	o := fedtest.MustRun(t, home, plan)
	for message, vectors := range map[string]fed.Message{"shared": o.State.Shared, "own": o.State.Own} {
		for name, v := range vectors {
			if !f32.Finite(v) {
				t.Errorf("%s %s is not finite", message, name)
			}
		}
	}
	for i, want := range [][]int{nil, {2}, nil} {
		if rec := o.Records[i]; !slices.Equal(rec.Absent, want) || len(rec.Cohort) != 4 {
			t.Errorf("round %d: of %v absent are %v", rec.Round, rec.Cohort, rec.Absent)
		}
	}
}

// Who is away does not count: the averages are those of a federation without it, but for the order of roundings, and
// what SCAFFOLD says of all clients.
func TestAbsentIsNotCounted(t *testing.T) {
	for name, module := range map[string]string{"fedavg": "lora", "fedex": "lora", "creff": "linear", "ditto": "gate"} {
		p := fedtest.New(t, 4)
		m := fedtest.Method(t, name)
		at := method.On(m, p.Module(t, module))
		home := p.Home(at)
		plan := fed.Plan{Method: m, Rounds: 1, Workers: 2, Transport: leaving{home, 0, []int{1}}}
		got := phi(fedtest.MustRun(t, home, plan))
		p.Partition.Clients[1].Train = nil
		want := phi(fedtest.MustRun(t, p.Home(at), fed.Plan{Method: m, Rounds: 1, Workers: 2}))
		if d := f32.Distance(got, want); d > 1e-6*f32.Norm(want) {
			t.Errorf("%s: %v away from a federation of the others", name, d)
		}
	}
}

// Too few answers fail the round, and say how many, and why one is missing.
func TestTooFewAnswer(t *testing.T) {
	for want, c := range map[string]struct {
		least int
		away  []int
	}{
		"round 2: 0 of 4 clients answered, want 1: client 0: no answer in time": {0, []int{0, 1, 2, 3}},
		"round 2: 2 of 4 clients answered, want 3: client 1: no answer in time": {3, []int{1, 3}},
		"round 2: 3 of 4 clients answered, want 4: client 2: no answer in time": {9, []int{2}},
	} {
		p, m := fedtest.New(t, 4), fedtest.Method(t, "scaffold")
		home := p.Home(p.Module(t, "gate"))
		_, err := fedtest.Run(t.Context(), home, fed.Plan{
			Method: m, Rounds: 3, MinClients: c.least, Transport: leaving{home, 1, c.away},
		})
		if err == nil || !strings.Contains(err.Error(), want) || !errors.Is(err, errAway) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
