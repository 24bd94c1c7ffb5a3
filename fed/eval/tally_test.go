package eval_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
)

// apart evaluates every client's rows at a place of its own, and sends what was counted as JSON.
func (s setting) apart(t *testing.T, kind predictor, state *fed.State, d eval.Detail, share eval.Share, least int) (
	all []eval.Tally,
) {
	t.Helper()
	for k := range s.Partition.Clients {
		e := s.evaluator(kind, 1)
		shards := make([]partition.Shard, clients)
		shards[k] = s.Partition.Clients[k]
		place := &eval.Evaluator{
			Module: e.Module, Head: e.Head, Test: e.Test, Method: e.Method, Home: e.Home, Groups: e.Groups,
			Balance: e.Balance, Owned: true, Alone: true,
		}
		place.Prepare(shards)
		tallies, err := place.Tallies(t.Context(), state, d)
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(eval.Shared(tallies, share, least))
		if err != nil {
			t.Fatal(err)
		}
		var sent []eval.Tally
		if err := json.Unmarshal(data, &sent); err != nil {
			t.Fatal(err)
		}
		all = append(all, sent...)
	}
	return all
}

// sum adds up tallies where nobody's rows are left out, as in the evaluation that they are compared with.
func (s setting) sum(t *testing.T, kind predictor, tallies []eval.Tally) *eval.Outcome {
	t.Helper()
	e := s.evaluator(kind, 1)
	o, err := e.Sum(tallies)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// What places count apart adds up to what one place counts, bit for bit.
func TestTalliesAddUp(t *testing.T) {
	s := newSetting(t)
	for name, kind := range map[string]predictor{"own": own, "residual": residual} {
		for _, d := range []eval.Detail{eval.Accuracy, eval.Divergence, eval.Full} {
			one := s.evaluator(kind, 2)
			together := &eval.Evaluator{
				Module: one.Module, Head: one.Head, Test: one.Test, Method: one.Method, Home: one.Home,
				Groups: one.Groups, Balance: one.Balance, Owned: true,
			}
			together.Prepare(s.Partition.Clients)
			for _, state := range []*fed.State{nil, s.state} {
				want, err := together.Evaluate(t.Context(), state, d)
				if err != nil {
					t.Fatal(err)
				}
				e := s.evaluator(kind, 1)
				if state != nil { // as a hub does, which asks for the frozen encoder first
					if _, err := e.Sum(s.apart(t, kind, nil, d, eval.Whole, 0)); err != nil {
						t.Fatal(err)
					}
				}
				got, err := e.Sum(s.apart(t, kind, state, d, eval.Whole, 0))
				if err != nil {
					t.Fatal(err)
				}
				a, b := asJSON(t, got), asJSON(t, want)
				if a != b {
					t.Errorf("%s, detail %d, state %v:\n%s\n%s", name, d, state != nil, a, b)
				}
			}
		}
	}
}

func asJSON(t *testing.T, v *eval.Outcome) string {
	t.Helper()
	predicted := v.Predicted // rows that nobody owns have no number
	v.Predicted = nil
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	v.Predicted = predicted
	var text strings.Builder
	text.Write(data)
	for _, model := range []string{"zero_shot", "global", "personal"} {
		classes, _ := json.Marshal(predicted[model].Class)
		text.Write(classes)
	}
	return text.String()
}

// Who shares less says less: hits alone give the clients' accuracies and no counts; small classes are nowhere.
func TestSharedTallies(t *testing.T) {
	s := newSetting(t)
	whole := s.sum(t, own, s.apart(t, own, s.state, eval.Full, eval.Whole, 0))
	counts := s.sum(t, own, s.apart(t, own, s.state, eval.Full, eval.ByClass, 0))
	if !reflect.DeepEqual(counts.Personal, whole.Personal) || counts.Predicted != nil {
		t.Errorf("by class: %+v, predicted %v", counts.Personal, counts.Predicted)
	}
	for i := range s.Test.Len() {
		if counts.Right.Global.Has(i) {
			t.Fatal("rows that are right were told")
		}
	}
	hits := s.sum(t, own, s.apart(t, own, s.state, eval.Full, eval.HitsOnly, 0))
	if !reflect.DeepEqual(hits.ClientPersonal, whole.ClientPersonal) || hits.Personal.Seen() != 0 ||
		hits.Reliability != nil {
		t.Errorf("hits: %v, %v", hits.ClientPersonal, hits.Personal)
	}
	if none := s.apart(t, own, s.state, eval.Full, eval.Nothing, 0); len(none) != 0 {
		t.Errorf("nothing: %v", none)
	}
	const least = 5
	big := s.sum(t, own, s.apart(t, own, s.state, eval.Full, eval.ByClass, least))
	want := metric.NewCounts(len(big.Local.Total))
	for _, shard := range s.Partition.Clients {
		c := s.recount(shard.Test, s.global())
		for y, n := range c.Total {
			if n >= least {
				want.Total[y] += n
				want.Correct[y] += c.Correct[y]
				want.Predicted[y] += c.Predicted[y]
			}
		}
	}
	same(t, "classes of five and more", big.Local, want)
}

// Tallies of another evaluation are refused.
func TestForeignTallies(t *testing.T) {
	s := newSetting(t)
	for name, text := range map[string]string{
		"no such owner":                `{"owner":9,"rows":[0]}`,
		"rows that are not there":      `{"owner":1,"rows":[99999]}`,
		"counts that cannot be":        `{"owner":1,"rows":[0],"global":{"correct":[1],"total":[1],"predicted":[1]}}`,
		"marks of other rows":          `{"owner":1,"rows":[0],"right":{"global":"AAAA"}}`,
		"predictions of other rows":    `{"owner":1,"rows":[0],"guesses":{"global":{"class":[],"probability":[]}}}`,
		"predictions of no class":      `{"owner":1,"rows":[0],"guesses":{"global":{"class":[99],"probability":[1]}}}`,
		"a tally has bin 0 of class 7": `{"rows":[0],"classes":3,"reliability":{"global":[{"c":7}]}}`,
		"a tally of -1 classes":        `{"rows":[0],"classes":-1}`,
	} {
		var tally eval.Tally
		err := json.Unmarshal([]byte(text), &tally)
		if err == nil {
			_, err = s.evaluator(own, 1).Sum([]eval.Tally{tally})
		}
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
