package metric

import (
	"math"
	"testing"
)

func TestBalancedness(t *testing.T) {
	two := made([3]int64{9, 10, 0}, [3]int64{6, 10, 0}) // accuracies 0.9 and 0.6
	gap := made([3]int64{9, 10, 0}, [3]int64{0, 0, 5}, [3]int64{6, 10, 0})
	far := made([3]int64{10, 10, 0}, [3]int64{0, 10, 0})
	for _, k := range []struct {
		name string
		c    Counts
		b    Balance
		want float64
	}{
		{"equal accuracies", made([3]int64{1, 2, 0}, [3]int64{5, 10, 0}, [3]int64{2, 4, 0}), DefaultBalance, 1},
		{"one class", made([3]int64{1, 2, 0}), DefaultBalance, 1},
		{"two classes, power 2", two, Balance{0.02, 2}, (2 + 2*math.Exp(-0.09/0.02)) / 4},
		{"two classes, power 1", two, Balance{0.1, 1}, (2 + 2*math.Exp(-3)) / 4},
		{"a class without images", gap, Balance{0.1, 1}, (2 + 2*math.Exp(-3)) / 4},
		{"the floor is 1/C", far, Balance{1e-4, 2}, 0.5},
		{"nothing", NewCounts(3), DefaultBalance, math.NaN()},
		{"no classes", NewCounts(0), DefaultBalance, math.NaN()},
	} {
		t.Run(k.name, func(t *testing.T) { same(t, "balancedness", k.c.Balancedness(k.b), k.want) })
	}
}

// The σ that is found gives the balancedness that was asked for; what no σ gives is an error.
func TestSigma(t *testing.T) {
	c := made([3]int64{1, 10, 0}, [3]int64{5, 10, 0}, [3]int64{9, 10, 0}, [3]int64{4, 10, 0})
	for _, power := range []float64{1, 2} {
		for _, target := range []float64{0.2648, 0.5, 0.9} {
			sigma, err := c.Sigma(power, target)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Balancedness(Balance{sigma, power}); math.Abs(got-target) > 1e-9 {
				t.Errorf("power %v: σ = %v gives %v, not %v", power, sigma, got, target)
			}
		}
	}
	if _, err := c.Sigma(2, 0.2); err == nil { // four classes: at least ¼
		t.Error("a balancedness below the floor is reached")
	}
}

func TestMacroF1(t *testing.T) {
	for _, k := range []struct {
		name string
		c    Counts
		want float64
	}{
		// 2·1/(2+2) = 1/2, 2·2/(3+2) = 4/5, 0
		{
			"zero accuracy counts as zero", made([3]int64{1, 2, 2}, [3]int64{2, 2, 3}, [3]int64{0, 1, 0}),
			(0.5 + 0.8) / 3,
		},
		{"absent class is left out", made([3]int64{1, 2, 1}, [3]int64{0, 0, 1}), 2.0 / 3},
		{"perfect", made([3]int64{3, 3, 3}, [3]int64{1, 1, 1}), 1},
		{"nothing", NewCounts(2), math.NaN()},
	} {
		t.Run(k.name, func(t *testing.T) { same(t, "macro-F1", k.c.MacroF1(), k.want) })
	}
}

func TestScoreOf(t *testing.T) {
	c := made([3]int64{1, 2, 2}, [3]int64{2, 2, 3}, [3]int64{0, 1, 0})
	s := All().Score(OfModels, View{
		Counts: c, Groups: []Group{{Classes: []int{0, 1}}, {Classes: []int{2}}, {}}, Balance: DefaultBalance,
	})
	same(t, "all", s.Value(Accuracy), 0.6)
	same(t, "pooled", s.Value("pooled"), 0.6)
	same(t, "group 0", s.Group(GroupAccuracy, 0), 0.75)
	same(t, "group 1", s.Group(GroupAccuracy, 1), 0)
	same(t, "group 2", s.Group(GroupAccuracy, 2), math.NaN())
	same(t, "balancedness", s.Value(Balancedness), c.Balancedness(DefaultBalance))
	same(t, "macro-F1", s.Value("macro_f1"), c.MacroF1())
	same(t, "group 0 without classes at zero", s.Group("groups_without_zero", 0), 0.75)
	same(t, "group 1 without classes at zero", s.Group("groups_without_zero", 1), math.NaN())
	same(t, "worst clients of a global model", s.Value("worst_decile"), math.NaN())
}

// scoreOf pools the clients' counts and scores them.
func scoreOf(clients []Counts, groups []Group) Score {
	pooled, hits := NewCounts(len(clients[0].Total)), []Hits(nil)
	for _, c := range clients {
		pooled.Merge(c)
		hits = append(hits, c.Hits())
	}
	return All().Score(OfModels, View{Counts: pooled, Clients: hits, Groups: groups, Balance: DefaultBalance})
}

// All weighs every client alike, Pooled every image, and a client without test images neither.
func TestScoreOfClients(t *testing.T) {
	small := made([3]int64{1, 1, 1}, [3]int64{0, 0, 0})
	large := made([3]int64{0, 4, 2}, [3]int64{5, 5, 7})
	s := scoreOf([]Counts{small, NewCounts(2), large}, []Group{{Classes: []int{0}}})
	same(t, "all", s.Value(Accuracy), (1+5.0/9)/2)
	same(t, "pooled", s.Value("pooled"), 6.0/10)
	same(t, "group", s.Group(GroupAccuracy, 0), 1.0/5)
	empty := scoreOf([]Counts{NewCounts(2)}, nil)
	same(t, "all of nothing", empty.Value(Accuracy), math.NaN())
}

// The worst tenth of 11 clients are two.
func TestWorstDecile(t *testing.T) {
	var clients []Counts
	for i := range 11 {
		c := NewCounts(1)
		c.Total[0], c.Correct[0] = 10, int64((i*7)%11)
		clients = append(clients, c)
	}
	same(t, "worst decile", scoreOf(clients, nil).Value("worst_decile"), 0.05)
}
