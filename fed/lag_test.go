package fed_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/peft"
)

// lagging is a wire on which what nobody waits for, and evaluations, ride on the next round's questions. A client has
// what it kept before each round, and goes back to it where a round begins that it has begun before.
type lagging struct {
	*wire
	p      *fedtest.Problem
	module peft.Module
	method fed.Method
	loss   fed.Loss
	states []map[int]map[string][]float32 // of each client, what it kept before a round
	due    []map[int]*fed.State           // of each client, states to evaluate, by rounds finished
	said   map[int]map[int][]eval.Tally   // by rounds finished and client
	sites  []*eval.Evaluator
}

func newLagging(p *fedtest.Problem, module peft.Module, m fed.Method, loss fed.Loss) *lagging {
	l := &lagging{wire: newWire(p, module, m, loss), p: p, module: module, method: m, loss: loss,
		said: map[int]map[int][]eval.Tally{}}
	for k := range p.Partition.Clients {
		l.states = append(l.states, map[int]map[string][]float32{})
		l.due = append(l.due, map[int]*fed.State{})
		e := &eval.Evaluator{
			Module: module, Head: p.Head, Test: p.Test, Method: m, Owned: true,
			Home: func(int) *fed.Home { return l.homes[k] },
		}
		e.Prepare(l.homes[k].Shards)
		l.sites = append(l.sites, e)
	}
	return l
}

// kept is what client k keeps.
func (l *lagging) kept(k int) map[string][]float32 {
	all := map[string][]float32{}
	for _, name := range l.homes[k].Kept.Names() {
		if v, err := l.homes[k].Kept.Get(name, k, nil); err == nil && v != nil {
			all[name] = slices.Clone(v)
		}
	}
	return all
}

// Begin sends others what is held for them. Where clients are ahead, the hub has been away: they go back.
func (l *lagging) Begin(ctx context.Context, round int, cohort []int) error {
	for k, states := range l.states {
		ahead := slices.DeleteFunc(slices.Sorted(maps.Keys(states)), func(r int) bool { return r < round })
		if len(ahead) > 0 {
			home := newWire(l.p, l.module, l.method, l.loss).homes[k]
			for name, v := range states[ahead[0]] {
				if err := home.Kept.Put(name, k, v); err != nil {
					return err
				}
			}
			home.Kept.Commit()
			l.homes[k] = home
			for _, r := range ahead {
				delete(states, r)
			}
		}
		if !slices.Contains(cohort, k) {
			l.deliver(ctx, k, round-1)
		}
	}
	return nil
}

func (l *lagging) Ask(ctx context.Context, call fed.Call) fed.Reply {
	if call.Wait {
		l.deliver(ctx, call.Client, call.Round)
		l.before(call)
	}
	return l.wire.Ask(ctx, call)
}

// before remembers what a client keeps before a round.
func (l *lagging) before(call fed.Call) {
	if states := l.states[call.Client]; states[call.Round] == nil {
		states[call.Round] = l.kept(call.Client)
	}
}

// deliver brings a client what is held for it of rounds up to one, and has it evaluate the state after each.
func (l *lagging) deliver(ctx context.Context, k, last int) {
	l.mu.Lock()
	waiting := l.held[k]
	delete(l.held, k)
	l.mu.Unlock()
	for round := range last + 1 {
		for _, h := range waiting {
			if h.call.Round != round {
				continue
			}
			l.before(h.call)
			first := l.put(ctx, h)
			l.put(ctx, h)
			l.mu.Lock()
			l.late = append(l.late, fed.Late{Call: h.call, Reply: first.reply})
			l.mu.Unlock()
		}
		l.mu.Lock()
		state := l.due[k][round+1]
		delete(l.due[k], round+1)
		l.mu.Unlock()
		if state != nil {
			tallies, _ := l.sites[k].Tallies(ctx, state, eval.Full)
			data, _ := json.Marshal(tallies)
			l.mu.Lock()
			_ = json.Unmarshal(data, &tallies)
			l.said[round+1][k] = tallies
			l.mu.Unlock()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, h := range waiting {
		if h.call.Round > last {
			l.held[k] = append(l.held[k], h)
		}
	}
}

// announce has every client evaluate a state when it next hears anything.
func (l *lagging) announce(s *fed.State) error {
	l.said[s.Round] = map[int][]eval.Tally{}
	for k := range l.due {
		l.due[k][s.Round] = s
	}
	return nil
}

// Settle sends what is still held of a round.
func (l *lagging) Settle(ctx context.Context, round int) ([]fed.Late, error) {
	if ctx.Err() != nil {
		return nil, errors.New("there is no time to settle")
	}
	for k := range l.homes {
		l.deliver(ctx, k, round)
	}
	var due, other []fed.Late
	for _, late := range l.late {
		if late.Call.Round == round {
			due = append(due, late)
		} else {
			other = append(other, late)
		}
	}
	l.late = other
	slices.SortFunc(due, func(a, b fed.Late) int {
		return cmp.Or(cmp.Compare(a.Call.Ask, b.Call.Ask), cmp.Compare(a.Client, b.Client))
	})
	return due, nil
}

// End forgets what was said, and held, of rounds that are not kept.
func (l *lagging) End(keep bool) error {
	if !keep {
		l.late = nil
		clear(l.known)
		clear(l.held)
		for _, due := range l.due {
			clear(due)
		}
	}
	return nil
}

// adding has the hub add up what sites say of a state.
func (l *lagging) adding(plan *fed.Plan) {
	e := &eval.Evaluator{Head: l.p.Head, Groups: l.p.Groups, Balance: metric.DefaultBalance}
	e.Expect(len(l.homes), l.p.Test.Len())
	plan.Transport, plan.Announce = l, l.announce
	plan.Evaluate = func(s *fed.State) (*metric.Scores, *metric.Right, error) {
		var all []eval.Tally
		for k := range l.homes {
			tallies, there := l.said[s.Round][k]
			if !there {
				return nil, nil, fmt.Errorf("client %d says nothing of the state after round %d", k, s.Round)
			}
			all = append(all, tallies...)
		}
		o, err := e.Sum(all)
		if err != nil {
			return nil, nil, err
		}
		return &o.Scores, &o.Right, nil
	}
}

// hub is a home of nobody's data.
func (l *lagging) hub() *fed.Home {
	home := l.p.Home(l.module)
	home.Loss = l.loss
	return home
}

func lagged(t *testing.T, name, module string) (*lagging, fed.Plan, fedtest.Outcome) {
	p := fedtest.New(t, 5)
	m := fedtest.Method(t, name)
	at := method.On(m, p.Module(t, module))
	plan := fed.Plan{Method: m, Rounds: 4, Fraction: 0.6, Workers: 3, Extra: 1}
	home := p.Home(at)
	evaluated(t, p, at, &plan, func(int) *fed.Home { return home })
	want := fedtest.MustRun(t, home, plan)
	l := newLagging(p, at, m, fed.Loss{})
	l.adding(&plan)
	return l, plan, want
}

// same compares an outcome at a hub, and what its clients keep.
func (l *lagging) same(t *testing.T, got, want fedtest.Outcome) {
	t.Helper()
	got.Kept = map[string][][]float32{}
	for name := range want.Kept {
		for k := range l.homes {
			got.Kept[name] = append(got.Kept[name], l.kept(k)[name])
		}
	}
	fedtest.Identical(t, got, want)
}

// Every method that runs over machines finds the same where replies and evaluations lag by a round.
func TestLaggingGivesTheSameRun(t *testing.T) {
	for _, e := range method.Methods {
		if e.New == nil || e.Remote != "" {
			continue
		}
		for _, module := range []string{"linear", "lora", "lora-head", "text-shift"} {
			if method.Fits(fedtest.Method(t, e.Name), fedtest.New(t, 2).Module(t, module)) != nil {
				continue
			}
			t.Run(e.Name+" on "+module, func(t *testing.T) {
				l, plan, want := lagged(t, e.Name, module)
				l.same(t, fedtest.MustRun(t, l.hub(), plan), want)
			})
		}
	}
}

// A hub that is stopped after any round, or in it, goes on to the same end: clients are ahead of it then.
func TestLaggingResumes(t *testing.T) {
	for _, name := range []string{"fedavg", "fedpurel"} {
		for k := 1; k <= 5; k++ {
			t.Run(fmt.Sprint(name, " after ", k), func(t *testing.T) {
				l, plan, want := lagged(t, name, "lora")
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				plan.Dir, plan.CheckpointEvery = t.TempDir(), 1
				killed := filepath.Join(t.TempDir(), "killed")
				plan.Observe = func(r metric.Round) {
					if r.Round == k { // the line is there, the checkpoint is not
						if err := os.CopyFS(killed, os.DirFS(plan.Dir)); err != nil {
							t.Error(err)
						}
						cancel()
					}
				}
				if _, err := fedtest.Run(ctx, l.hub(), plan); !errors.Is(err, context.Canceled) {
					t.Fatalf("error %v", err)
				}
				if n := checkpointRound(t, plan.Dir); n < k {
					t.Errorf("the checkpoint is of round %d, finished were %d", n, k)
				}
				plan.Resume, plan.Observe = true, nil
				l.same(t, fedtest.MustRun(t, l.hub(), plan), want)

				if k > 1 && checkpointRound(t, killed) != k-1 {
					t.Fatalf("killed with a checkpoint of round %d", checkpointRound(t, killed))
				}
				plan.Dir = killed
				clear(l.known)
				l.same(t, fedtest.MustRun(t, l.hub(), plan), want)
			})
		}
	}
}

// A round that fails leaves the one before it finished, and in the checkpoint.
func TestLaggingRoundFails(t *testing.T) {
	l, plan, want := lagged(t, "fedpurel", "lora")
	inner, broken := plan.Method, errors.New("broken")
	plan.Dir, plan.CheckpointEvery = t.TempDir(), 1
	plan.Method = made{stages: inner.Stages(), round: func(r *fed.Round) error {
		if err := inner.Round(r); r.Index != 2 || err != nil {
			return err
		}
		return broken
	}}
	if _, err := fedtest.Run(t.Context(), l.hub(), plan); !errors.Is(err, broken) {
		t.Fatalf("error %v", err)
	}
	if n := checkpointRound(t, plan.Dir); n != 2 {
		t.Errorf("the checkpoint is of round %d", n)
	}
	plan.Method, plan.Resume = inner, true
	l.same(t, fedtest.MustRun(t, l.hub(), plan), want)
}
