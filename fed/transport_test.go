package fed_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/peft"
)

// evaluated adds evaluation in every round, in full detail, to a plan, and returns where the last outcome will be.
func evaluated(
	t *testing.T, p *fedtest.Problem, module peft.Module, plan *fed.Plan, home func(int) *fed.Home,
) *eval.Outcome {
	e := &eval.Evaluator{
		Module: module, Head: p.Head, Test: p.Test, Method: plan.Method, Home: home, Groups: p.Groups,
		Balance: metric.DefaultBalance, Workers: 2,
	}
	e.Prepare(p.Partition.Clients)
	var last eval.Outcome
	plan.Evaluate = func(s *fed.State) (*metric.Scores, *metric.Right, error) {
		o, err := e.Evaluate(t.Context(), s, eval.Full)
		if err != nil {
			return nil, nil, err
		}
		last = *o
		return &o.Scores, &o.Right, nil
	}
	return &last
}

// Every method finds the same with clients in one process and with clients that it reaches by bytes alone.
func TestWireGivesTheSameRun(t *testing.T) {
	check := func(name, module string, loss fed.Loss, options ...string) {
		t.Run(name+" on "+module+fmt.Sprint(options, loss.Name), func(t *testing.T) {
			p := fedtest.New(t, 5)
			m := fedtest.Method(t, name, options...)
			at := method.On(m, p.Module(t, module))
			plan := fed.Plan{Method: m, Rounds: 3, Fraction: 0.6, Workers: 3}
			if x, ok := m.(interface{ ExtraRounds() int }); ok {
				plan.Extra = x.ExtraRounds()
			}
			home := p.Home(at)
			home.Loss = loss
			here := evaluated(t, p, at, &plan, func(int) *fed.Home { return home })
			want := fedtest.MustRun(t, home, plan)

			w := newWire(p, at, m, loss)
			plan.Transport = w
			server := p.Home(at)
			server.Loss = loss
			there := evaluated(t, p, at, &plan, func(k int) *fed.Home { return w.homes[k] })
			got := fedtest.MustRun(t, server, plan)
			if len(got.Kept) > 0 {
				t.Error("the server keeps what is the clients'")
			}
			got.Kept = want.Kept // it lies elsewhere; the evaluation shows that it is the same
			fedtest.Identical(t, got, want)
			if a, b := fmt.Sprintf("%+v", *here), fmt.Sprintf("%+v", *there); a != b { // NaN differs from itself
				t.Errorf("the evaluations differ:\n%s\n%s", a, b)
			}
		})
	}
	for _, e := range method.Methods {
		if e.New == nil {
			continue
		}
		host, modules := e.Host, []string{"gate", "linear", "lora-head", "text-lora"}
		if host == "" {
			host = "linear"
		} else if !slices.Contains(modules, host) {
			modules = append(modules, host)
		}
		for _, module := range modules {
			if method.Fits(fedtest.Method(t, e.Name), fedtest.New(t, 2).Module(t, module)) == nil {
				check(e.Name, module, fed.Loss{})
			}
		}
		check(e.Name, host, adjusted(t, "global"))
		if _, headed := fedtest.New(t, 2).Module(t, host).(peft.Headed); headed {
			check(e.Name, host, adjusted(t, "estimated"))
		}
		check(e.Name, host, fed.Loss{}, `{"carry_momentum": true, "momentum": 0.9, "drop_last": true, "epochs": 2}`)
	}
	check("fedpurel", "lora", fed.Loss{}, `{"personal_rounds": 2}`)
	check("fedpurel", "lora", fed.Loss{}, `{"personal_start": "global"}`)
	check("fedper", "lora", fed.Loss{}, `{"private": "B"}`)
}
