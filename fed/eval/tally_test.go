package eval_test

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// merged is the setting with test rows that are sorted by owner, nobody's last, as sites put them together.
func merged(t *testing.T) setting {
	s := newSetting(t)
	var order []int
	s.Partition.Clients = append([]partition.Shard{}, s.Partition.Clients...)
	for k := range s.Partition.Clients {
		own := s.Partition.Clients[k].Test
		s.Partition.Clients[k].Test = nil
		for _, r := range own {
			s.Partition.Clients[k].Test = append(s.Partition.Clients[k].Test, len(order))
			order = append(order, r)
		}
	}
	s.Test = take(s.Test, order)
	return s
}

// take is some rows of a split.
func take(m *fedtest.Memory, rows []int) *fedtest.Memory {
	out := &fedtest.Memory{X: f32.New(len(rows), m.X.Cols)}
	for i, r := range rows {
		copy(out.X.Row(i), m.X.Row(r))
		out.Y = append(out.Y, m.Y[r])
	}
	return out
}

// site is an evaluator of client k's test rows, with a home of its own.
func (s setting) site(t *testing.T, m fed.Method, k int) *eval.Evaluator {
	own := make([]partition.Shard, clients)
	own[k] = partition.Shard{Train: s.Partition.Clients[k].Train, Test: all(len(s.Partition.Clients[k].Test))}
	home := fed.NewHome(s.module, s.Head, s.Train, own, fedtest.Seed)
	t.Cleanup(func() { home.Kept.Close() })
	if s.own[k] != nil {
		if err := home.Kept.Put("phi", k, s.own[k]); err != nil {
			t.Fatal(err)
		}
	}
	e := &eval.Evaluator{
		Module: s.module, Head: s.Head, Test: take(s.Test, s.Partition.Clients[k].Test), Method: m, Owned: true,
		Home: func(int) *fed.Home { return home }, Workers: 2,
	}
	e.Prepare(own)
	return e
}

// hub only adds up.
func (s setting) hub() *eval.Evaluator {
	e := &eval.Evaluator{Head: s.Head, Groups: s.Groups, Balance: metric.Balance{Sigma: 0.1, Power: 1}}
	e.Expect(clients, s.Test.Len())
	return e
}

// collect is what the hub has of all sites: tallies as they come out of JSON, with the hub's numbers.
func (s setting) collect(t *testing.T, m fed.Method, at *fed.State, d eval.Detail, share func(k int) eval.Share) (
	all []eval.Tally,
) {
	t.Helper()
	for k, shard := range s.Partition.Clients {
		tallies, err := s.site(t, m, k).Tallies(t.Context(), at, d)
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(eval.Strip(tallies, share(k)))
		if err != nil {
			t.Fatal(err)
		}
		var read []eval.Tally
		if err := json.Unmarshal(data, &read); err != nil {
			t.Fatal(err)
		}
		first := 0
		if len(shard.Test) > 0 {
			first = shard.Test[0]
		}
		placed, err := eval.Place(read, k, first, len(shard.Test))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, placed...)
	}
	return all
}

func everything(int) eval.Share { return eval.ShareHits }

// Sites and a hub find what one evaluator does that has all rows, bit by bit.
func TestSitesAddUp(t *testing.T) {
	for name, m := range map[string]predictor{"own": own, "residual": residual, "mixture": mixture} {
		for _, d := range []eval.Detail{eval.Accuracy, eval.Divergence, eval.Full} {
			s := merged(t)
			for _, state := range []*fed.State{nil, s.state} {
				want, err := s.evaluator(m, 2).Evaluate(t.Context(), state, d)
				if err != nil {
					t.Fatal(err)
				}
				got, err := s.hub().Sum(s.collect(t, m, state, d, everything))
				if err != nil {
					t.Fatal(err)
				}
				if a, b := fmt.Sprintf("%+v", *got), fmt.Sprintf("%+v", *want); a != b { // NaN differs from itself
					t.Errorf("%s, %v, state %v:\n%s\n%s", name, d, state != nil, a, b)
				}
				if d == eval.Full && !reflect.DeepEqual(got.Predicted, want.Predicted) {
					t.Errorf("%s: the predictions differ", name)
				}
			}
		}
	}
}

// What is not shared is missing, and all else as it was.
func TestShares(t *testing.T) {
	s := merged(t)
	sum := func(share func(k int) eval.Share) *eval.Outcome {
		o, err := s.hub().Sum(s.collect(t, residual, s.state, eval.Full, share))
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	whole := sum(everything)

	counts := sum(func(int) eval.Share { return eval.ShareCounts })
	if counts.Right.Global != nil || counts.Right.Personal != nil || counts.Predicted != nil {
		t.Error("sums over classes say what single images are")
	}
	counts.Right, counts.Predicted = whole.Right, whole.Predicted
	if fmt.Sprintf("%+v", *counts) != fmt.Sprintf("%+v", *whole) { // NaN differs from itself
		t.Errorf("sums over classes give\n%+v, not\n%+v", counts.Scores, whole.Scores)
	}

	score := sum(func(int) eval.Share { return eval.ShareScore })
	if score.Global.Seen()+score.Personal.Seen()+score.ZeroShot.Seen() > 0 || score.Reliability != nil {
		t.Error("totals say something of classes")
	}
	if !reflect.DeepEqual(score.ClientPersonal, whole.ClientPersonal) ||
		!reflect.DeepEqual(score.ClientGlobal, whole.ClientGlobal) ||
		!reflect.DeepEqual(score.ClientZeroShot, whole.ClientZeroShot) {
		t.Errorf("totals of clients are %v, not %v", score.ClientPersonal, whole.ClientPersonal)
	}
	if a, b := score.Scores.Personal, whole.Scores.Personal; a.Value(metric.Accuracy) != b.Value(metric.Accuracy) {
		t.Errorf("the clients' mean accuracy is %v, not %v", a.Value(metric.Accuracy), b.Value(metric.Accuracy))
	}

	mixed := sum(func(k int) eval.Share {
		return []eval.Share{eval.ShareHits, eval.ShareCounts, eval.ShareScore, eval.ShareNone}[k]
	})
	two := s.recount(slices.Concat(s.Partition.Clients[0].Test, s.Partition.Clients[1].Test), s.global())
	same(t, "what two clients share", mixed.Global, two)
	sameHits(t, "the third", mixed.ClientPersonal[2], whole.ClientPersonal[2])
	sameHits(t, "the last", mixed.ClientPersonal[3], metric.Hits{})
	if mixed.Right.Personal != nil || mixed.Predicted != nil {
		t.Error("of some images it is not known whether they are right")
	}
}

// Rows of small classes are left out, and those of others stay what they are.
func TestEnough(t *testing.T) {
	labels := []int32{0, 1, 0, 2, 0, 1, 2}
	if got := eval.Enough([]int{0, 1, 2, 3, 4, 5}, labels, 2); !reflect.DeepEqual(got, []int{0, 1, 2, 4, 5}) {
		t.Errorf("rows %v", got)
	}
}

// A hub refuses tallies that do not fit, in one line.
func TestSumRefuses(t *testing.T) {
	s := merged(t)
	for want, spoil := range map[string]func(*eval.Tally){
		"counts that are not of 8 classes":     func(t *eval.Tally) { t.Global.Correct = t.Global.Correct[1:] },
		"an owner that is not among 4 clients": func(t *eval.Tally) { t.Owner = 4 },
		"test row 160 of 160":                  func(t *eval.Tally) { t.Rows[0] = s.Test.Len() },
		"bits that are not of":                 func(t *eval.Tally) { t.Right.Personal = t.Right.Personal[1:] },
		"reliability of 7 of 8 classes": func(t *eval.Tally) {
			t.Reliability["global"] = t.Reliability["global"][1:]
		},
		"contributions of 7 of 8 classes":       func(t *eval.Tally) { t.Contribution = t.Contribution[1:] },
		"predictions that are not of":           func(t *eval.Tally) { t.Guesses["global"].Class[0] = 8 },
		"counts that are not of 8 classes\x00-": func(t *eval.Tally) { t.Personal.Total[0] = -1 },
	} {
		tallies := s.collect(t, residual, s.state, eval.Full, everything)
		spoil(&tallies[1])
		_, err := s.hub().Sum(tallies)
		want, _, _ = strings.Cut(want, "\x00")
		if fault.KindOf(err) != fault.Corrupt || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	tallies, err := s.site(t, residual, 1).Tallies(t.Context(), s.state, eval.Accuracy)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := eval.Place(tallies, 2, 0, 1000); fault.KindOf(err) != fault.Corrupt {
		t.Errorf("somebody else's tally: %v", err)
	}
	if _, err := eval.Place(tallies, 1, 0, 2); fault.KindOf(err) != fault.Corrupt {
		t.Errorf("a row that the site does not have: %v", err)
	}
}

// Numbers that are none, and probabilities to the last bit, survive JSON.
func TestTallyJSON(t *testing.T) {
	p := eval.Probabilities{0.1, float32(math.NaN()), 1}
	data, err := json.Marshal(eval.Tally{
		Moved:   eval.Far{TKL: metric.Num(math.NaN()), KL: 0.1, N: 1},
		Guesses: map[string]eval.Guesses{"global": {Probability: p}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var back eval.Tally
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	for i, v := range back.Guesses["global"].Probability {
		if math.Float32bits(v) != math.Float32bits(p[i]) {
			t.Errorf("probability %v of %s", v, data)
		}
	}
	if !math.IsNaN(float64(back.Moved.TKL)) || back.Moved.KL != 0.1 || back.Moved.N != 1 {
		t.Errorf("%+v of %s", back.Moved, data)
	}
}

// Levels and details are called what they are.
func TestNames(t *testing.T) {
	for _, d := range []eval.Detail{eval.Accuracy, eval.Divergence, eval.Full} {
		if back, err := eval.ParseDetail(d.String()); back != d || err != nil {
			t.Errorf("%v reads as %v, %v", d, back, err)
		}
	}
	if _, err := eval.ParseDetail("all"); fault.KindOf(err) != fault.Usage {
		t.Errorf("unknown detail: %v", err)
	}
	if share, err := eval.ParseShare("score"); share != eval.ShareScore || err != nil {
		t.Errorf("score reads as %v, %v", share, err)
	}
	if _, err := eval.ParseShare("all"); fault.KindOf(err) != fault.Usage {
		t.Errorf("unknown level: %v", err)
	}
}
