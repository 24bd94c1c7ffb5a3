package fed_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
)

// gone is a transport that client 1 does not answer in the first round: at once, or where nobody waits for it, late.
type gone struct {
	*fed.Home
	held []fed.Late
}

var errGone = errors.New("no answer")

func (g *gone) Ask(ctx context.Context, c fed.Call) fed.Reply {
	switch away := c.Round == 0 && c.Client == 1; {
	case away && !c.Wait:
		g.held = append(g.held, fed.Late{Call: c, Reply: fed.Reply{Absent: errGone}})
		return fed.Reply{Held: true}
	case away:
		return fed.Reply{Absent: errGone}
	}
	return g.Home.Ask(ctx, c)
}

func (g *gone) Settle(context.Context, int) (late []fed.Late, err error) {
	late, g.held = g.held, nil
	return late, nil
}

// The journal says who was asked and did not answer, and who did not do what nobody waits for.
func TestAbsentInTheRecord(t *testing.T) {
	p := fedtest.New(t, 3)
	var asked []int
	waiting := func(r *fed.Round) error {
		count := func(int, fed.Message) {}
		if err := r.Ask(fed.Ask{Stage: "do", Fold: count}); err != nil {
			return err
		}
		again := func(k int) fed.Message { asked = append(asked, k); return nil }
		return r.Ask(fed.Ask{Stage: "do", Question: again, Fold: count})
	}
	late := func(r *fed.Round) error { return r.Ask(fed.Ask{Stage: "do"}) }
	stages := fed.Stages{"do": func(*fed.Client, fed.Message) fed.Message { return nil }}
	for _, c := range []struct {
		round          func(*fed.Round) error
		absent, missed []int
	}{{waiting, []int{1}, nil}, {late, nil, []int{1}}} {
		home := p.Home(p.Module(t, "lora"))
		plan := fed.Plan{Method: made{stages: stages, round: c.round}, Rounds: 2, Transport: &gone{Home: home}}
		o := fedtest.MustRun(t, home, plan)
		first, next := o.Records[0], o.Records[1]
		if !slices.Equal(first.Absent, c.absent) || !slices.Equal(first.Missed, c.missed) {
			t.Errorf("absent are %v, missed %v; want %v and %v", first.Absent, first.Missed, c.absent, c.missed)
		}
		if next.Absent != nil || next.Missed != nil {
			t.Errorf("absent in the next round are %v, missed %v", next.Absent, next.Missed)
		}
	}
	if !slices.Equal(asked, []int{0, 2, 0, 1, 2}) {
		t.Errorf("asked again are %v: who is absent is asked no more in the round", asked)
	}
}

// Class counts are everybody's: a run does not begin without them.
func TestCensusIsWhole(t *testing.T) {
	p := fedtest.New(t, 3)
	home := p.Home(p.Module(t, "lora"))
	home.Loss = adjusted(t, "global")
	_, err := fedtest.Run(t.Context(), home, fed.Plan{
		Method: fedtest.Method(t, "fedavg"), Rounds: 1, Transport: &gone{Home: home},
	})
	if err == nil || !strings.Contains(err.Error(), "2 of 3 clients answered, want 3: client 1: no answer") {
		t.Errorf("error %v", err)
	}
}
