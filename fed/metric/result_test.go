package metric

import (
	"math"
	"testing"
)

func TestResultCheck(t *testing.T) {
	good := func() *Result {
		all := func() Scores {
			v := View{Counts: NewCounts(2), Groups: []Group{{Name: "g"}}, Balance: DefaultBalance}
			return All().Scores(v, v, v)
		}
		return &Result{
			Classes: []string{"a", "b"}, TrainCounts: []int{2, 1}, Groups: []Group{{Name: "g"}},
			ZeroShot: all(), Last: all(), LastTen: all(),
			PerClass: map[string]Counts{"zero_shot": NewCounts(2), "global": NewCounts(2), "personal": NewCounts(2)},
			Clients:  []Client{{Histogram: []int{2, 1}}},
		}
	}
	if err := good().Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Result){
		"training counts": func(r *Result) { r.TrainCounts = r.TrainCounts[:1] },
		"no figures":      func(r *Result) { r.Last.OnLocal = nil },
		"group figures":   func(r *Result) { r.Last.OnLocal[2].Groups = nil },
		"missing counts":  func(r *Result) { delete(r.PerClass, "personal") },
		"short counts":    func(r *Result) { r.PerClass["global"] = NewCounts(1) },
		"release means":   func(r *Result) { r.LastTen.Global[5].Groups = nil },
		"foreign figures": func(r *Result) { r.Last.Global[0] = Entry{Name: "new", Groups: []float64{1, 2}} },
		"group":           func(r *Result) { r.Groups[0].Classes = []int{2} },
		"contributions":   func(r *Result) { r.Contribution = make([]Contribution, 1) },
		"histogram":       func(r *Result) { r.Clients[0].Histogram = []int{1, 2, 3} },
	} {
		r := good()
		spoil(r)
		if r.Check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The last ten rounds are averaged and always evaluated, with divergence; those before at their intervals.
func TestConvention(t *testing.T) {
	const total, every = 25, 4
	for round := 1; round <= total; round++ {
		last := round >= 16
		if Averages(round, total) != last {
			t.Errorf("round %d of %d: averaged %v", round, total, !last)
		}
		if got, want := Evaluates(round, total, every), last || round%4 == 0; got != want {
			t.Errorf("round %d of %d: evaluated %v", round, total, got)
		}
		if got, want := Diverges(round, total), last || round == 1 || round == 10; got != want {
			t.Errorf("round %d of %d: divergence %v", round, total, got)
		}
	}
}

// The headline is the mean of the evaluated ones of the last rounds; the best round is the first of the highest.
func TestAverageAndBest(t *testing.T) {
	scores := func(v float64) *Scores { return &Scores{Global: Score{{Name: Headline, Value: v}}} }
	mean, n := Average(nil, *scores(0.25))
	same(t, "no rounds", mean.Global.Value(Headline), 0.25)
	if n != 1 || BestOf(nil) != nil {
		t.Errorf("no rounds: %d averaged, best %v", n, BestOf(nil))
	}
	rounds := []Round{{Round: 1, Scores: scores(math.NaN())}, {Round: 2, Scores: scores(0.9)}, {Round: 3}}
	for i := 4; i <= 12; i++ {
		rounds = append(rounds, Round{Round: i, Scores: scores(0.5)})
	}
	rounds[11].Scores = scores(0.9)
	mean, n = Average(rounds, Scores{})
	same(t, "mean", mean.Global.Value(Headline), (8*0.5+0.9)/9)
	if n != 9 {
		t.Errorf("%d rounds averaged", n)
	}
	// A first round without a number stays the best: nothing is known to beat it.
	if best := BestOf(rounds); best.Round != 1 {
		t.Errorf("best round %d", best.Round)
	}
	if best := BestOf(rounds[1:]); best.Round != 2 {
		t.Errorf("best round %d", best.Round)
	}
}
