package metric

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// made builds counts from rows of (correct, total, predicted).
func made(rows ...[3]int64) Counts {
	c := NewCounts(len(rows))
	for i, r := range rows {
		c.Correct[i], c.Total[i], c.Predicted[i] = r[0], r[1], r[2]
	}
	return c
}

// same compares numbers up to rounding; NaN equals NaN.
func same(t *testing.T, name string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) && math.IsNaN(want) {
		return
	}
	if !(math.Abs(got-want) <= 1e-12) {
		t.Errorf("%s is %.15g, want %.15g", name, got, want)
	}
}

func equal(a, b Counts) bool {
	return slices.Equal(a.Correct, b.Correct) && slices.Equal(a.Total, b.Total) && slices.Equal(a.Predicted, b.Predicted)
}

func TestAddCounts(t *testing.T) {
	c := NewCounts(3)
	for _, p := range [][2]int{{0, 0}, {0, 1}, {1, 1}, {1, 1}, {2, 0}} { // label, predicted
		c.Add(p[0], p[1])
	}
	if want := made([3]int64{1, 2, 2}, [3]int64{2, 2, 3}, [3]int64{0, 1, 0}); !equal(c, want) {
		t.Errorf("counts %+v, want %+v", c, want)
	}
	if c.Seen() != 5 {
		t.Errorf("%d seen", c.Seen())
	}
	same(t, "micro", c.Micro(), 3.0/5)
	a := c.Accuracies()
	same(t, "accuracy 0", a[0], 0.5)
	same(t, "accuracy 1", a[1], 1)
	same(t, "accuracy 2", a[2], 0)
}

// The three tallies share one allocation; growing one must not reach into the next.
func TestCountsDoNotOverlap(t *testing.T) {
	c := NewCounts(2)
	_ = append(c.Correct, 9)
	_ = append(c.Total, 9)
	if !equal(c, made([3]int64{}, [3]int64{})) {
		t.Errorf("counts %+v after appending", c)
	}
}

// Merging the counts of parts gives the counts of the whole, however the predictions are divided.
func TestMergeIsConcatenation(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		classes, parts := 1+rng.IntN(6), 1+rng.IntN(5)
		whole, merged := NewCounts(classes), NewCounts(classes)
		split := make([]Counts, parts)
		for i := range split {
			split[i] = NewCounts(classes)
		}
		for range rng.IntN(40) {
			y, p, k := rng.IntN(classes), rng.IntN(classes), rng.IntN(parts)
			whole.Add(y, p)
			split[k].Add(y, p)
		}
		for _, i := range rng.Perm(parts) {
			merged.Merge(split[i])
		}
		if !equal(whole, merged) {
			t.Fatalf("whole %+v, merged %+v", whole, merged)
		}
	}
}

func TestMergeRefusesOtherSizes(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("counts of 2 classes merge into 3")
		}
	}()
	NewCounts(3).Merge(NewCounts(2))
}

func TestGroups(t *testing.T) {
	for _, c := range []struct {
		name  string
		train []int
		names []string
		want  [][]int
	}{
		{"all thresholds", []int{500, 101, 100, 21, 20, 0}, []string{"many", "medium", "few"}, [][]int{{0, 1}, {2, 3}, {4, 5}}},
		{
			"no few adds thirds, ties by index", []int{50, 200, 50, 50, 300, 60}, []string{"many", "medium", "few", "head third", "middle third", "tail third"},
			[][]int{{1, 4}, {0, 2, 3, 5}, {}, {1, 4}, {0, 5}, {2, 3}},
		},
		{
			"one class", []int{7}, []string{"many", "medium", "few", "head third", "middle third", "tail third"},
			[][]int{{}, {}, {0}, {}, {0}, {}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			groups := Groups(c.train)
			if len(groups) != len(c.names) {
				t.Fatalf("%d groups: %+v", len(groups), groups)
			}
			for i, g := range groups {
				if g.Name != c.names[i] || !slices.Equal(g.Classes, c.want[i]) || g.Rule == "" || g.Classes == nil {
					t.Errorf("group %+v, want %s %v", g, c.names[i], c.want[i])
				}
			}
		})
	}
}

// Thirds divide the classes completely, their sizes differ by one at most, and no tail class has more than a head class.
func TestThirdsDivide(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for classes := range 20 {
		train := make([]int, classes)
		for i := range train {
			train[i] = rng.IntN(9)
		}
		var all []int
		least, most, floor := classes, 0, math.MaxInt
		for _, g := range ByThirds(train) {
			all = append(all, g.Classes...)
			least, most = min(least, len(g.Classes)), max(most, len(g.Classes))
			lowest := floor
			for _, c := range g.Classes {
				if train[c] > floor {
					t.Errorf("%v: class %d of %q is larger than one of an earlier third", train, c, g.Name)
				}
				lowest = min(lowest, train[c])
			}
			floor = lowest
		}
		slices.Sort(all)
		if len(all) != classes || len(slices.Compact(all)) != classes || most-least > 1 {
			t.Errorf("%d classes: thirds hold %v, sizes %d to %d", classes, all, least, most)
		}
	}
}

func TestGroupAccuracy(t *testing.T) {
	c := made([3]int64{1, 2, 1}, [3]int64{0, 4, 0}, [3]int64{0, 0, 3}, [3]int64{3, 3, 5})
	for _, k := range []struct {
		classes []int
		want    float64
	}{
		{[]int{0}, 0.5},
		{[]int{0, 1}, 0.25},    // zero accuracy counts as zero
		{[]int{0, 2, 3}, 0.75}, // class 2 has no test image
		{[]int{0, 1, 3}, 1.5 / 3},
		{[]int{2}, math.NaN()},
		{nil, math.NaN()},
	} {
		same(t, "accuracy of the group", c.Of(Group{Classes: k.classes}), k.want)
	}
}

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

func TestMacroF1(t *testing.T) {
	for _, k := range []struct {
		name string
		c    Counts
		want float64
	}{
		// 2·1/(2+2) = 1/2, 2·2/(3+2) = 4/5, 0
		{"zero accuracy counts as zero", made([3]int64{1, 2, 2}, [3]int64{2, 2, 3}, [3]int64{0, 1, 0}), (0.5 + 0.8) / 3},
		{"absent class is left out", made([3]int64{1, 2, 1}, [3]int64{0, 0, 1}), 2.0 / 3},
		{"perfect", made([3]int64{3, 3, 3}, [3]int64{1, 1, 1}), 1},
		{"nothing", NewCounts(2), math.NaN()},
	} {
		t.Run(k.name, func(t *testing.T) { same(t, "macro-F1", k.c.MacroF1(), k.want) })
	}
}

func TestNumJSON(t *testing.T) {
	for _, k := range []struct {
		in   float64
		want string
	}{
		{0.1, "0.1"}, {0, "0"}, {-2.5, "-2.5"}, {1.0 / 3, "0.3333333333333333"}, {1e-300, "1e-300"}, {math.MaxFloat64, "1.7976931348623157e+308"},
		{math.NaN(), "null"}, {math.Inf(1), "null"}, {math.Inf(-1), "null"},
	} {
		data, err := json.Marshal(Num(k.in))
		if err != nil || string(data) != k.want {
			t.Errorf("%v becomes %s (%v), want %s", k.in, data, err, k.want)
			continue
		}
		back := Num(5)
		if err := json.Unmarshal(data, &back); err != nil {
			t.Errorf("%s: %v", data, err)
		}
		if k.want == "null" {
			if !math.IsNaN(float64(back)) {
				t.Errorf("null becomes %v", back)
			}
		} else if float64(back) != k.in {
			t.Errorf("%v comes back as %v", k.in, back)
		}
	}
	if err := json.Unmarshal([]byte(`"x"`), new(Num)); err == nil {
		t.Error("a string is read as a number")
	}
}

// A null inside a structure must arrive as NaN too, not be skipped and left at zero.
func TestScoreJSON(t *testing.T) {
	in := Score{All: 0.5, Pooled: Num(math.NaN()), Groups: []Num{0.25, Num(math.NaN())}}
	data, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out Score
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	if out.All != 0.5 || !math.IsNaN(float64(out.Pooled)) || out.Groups[0] != 0.25 || !math.IsNaN(float64(out.Groups[1])) {
		t.Errorf("%s becomes %+v", data, out)
	}
}

func TestScoreOf(t *testing.T) {
	c := made([3]int64{1, 2, 2}, [3]int64{2, 2, 3}, [3]int64{0, 1, 0})
	s := ScoreOf(c, []Group{{Classes: []int{0, 1}}, {Classes: []int{2}}, {}}, DefaultBalance)
	same(t, "all", float64(s.All), 0.6)
	same(t, "pooled", float64(s.Pooled), 0.6)
	same(t, "group 0", float64(s.Groups[0]), 0.75)
	same(t, "group 1", float64(s.Groups[1]), 0)
	same(t, "group 2", float64(s.Groups[2]), math.NaN())
	same(t, "balancedness", float64(s.Balancedness), c.Balancedness(DefaultBalance))
	same(t, "macro-F1", float64(s.MacroF1), c.MacroF1())
	same(t, "group 0 without classes at zero", float64(s.NoZero[0]), 0.75)
	same(t, "group 1 without classes at zero", float64(s.NoZero[1]), math.NaN())
	same(t, "worst clients of a global model", float64(s.WorstDecile), math.NaN())
}

// A class at zero accuracy counts, except in the release's average.
func TestOfNonZero(t *testing.T) {
	c := made([3]int64{0, 1, 3}, [3]int64{2, 2, 2})
	g := Group{Classes: []int{0, 1}}
	same(t, "mean", c.Of(g), 0.5)
	same(t, "without classes at zero", c.OfNonZero(g), 1)
}

// The worst tenth of 11 clients are two.
func TestWorstDecile(t *testing.T) {
	var clients []Counts
	for i := range 11 {
		c := NewCounts(1)
		c.Total[0], c.Correct[0] = 10, int64((i*7)%11)
		clients = append(clients, c)
	}
	same(t, "worst decile", float64(scoreOf(clients, nil).WorstDecile), 0.05)
}

// Confidences at the bins' edges, certainty, and a calibration error by hand.
func TestReliability(t *testing.T) {
	var r Reliability
	same(t, "of nothing", r.ECE(), math.NaN())
	for _, c := range []float64{0, 1.0 / Bins, 1.5 / Bins, 1} {
		r.Add(c, true)
	}
	if r.Total[0] != 2 || r.Total[1] != 1 || r.Total[Bins-1] != 1 {
		t.Errorf("bins %v", r.Total)
	}
	var two Reliability
	two.Add(0.9, true)
	two.Add(0.9, false)
	two.Add(0.5, true)
	two.Add(0.5, true)
	same(t, "ECE", math.Round(two.ECE()*1e12)/1e12, (0.8+1)/4)
	same(t, "gap", math.Round(two.Gap()*1e12)/1e12, (2.8-3)/4)
	pooled := Pool(MergeReliability(nil, []Reliability{r, two}), []int{1})
	same(t, "pooled", pooled.ECE(), two.ECE())
}

// scoreOf pools the clients' counts and scores them.
func scoreOf(clients []Counts, groups []Group) Score {
	pooled, hits := NewCounts(len(clients[0].Total)), []Hits(nil)
	for _, c := range clients {
		pooled.Merge(c)
		hits = append(hits, c.Hits())
	}
	return ScoreOfClients(pooled, hits, groups, DefaultBalance)
}

// All weighs every client alike, Pooled every image, and a client without test images neither.
func TestScoreOfClients(t *testing.T) {
	small := made([3]int64{1, 1, 1}, [3]int64{0, 0, 0})
	large := made([3]int64{0, 4, 2}, [3]int64{5, 5, 7})
	s := scoreOf([]Counts{small, NewCounts(2), large}, []Group{{Classes: []int{0}}})
	same(t, "all", float64(s.All), (1+5.0/9)/2)
	same(t, "pooled", float64(s.Pooled), 6.0/10)
	same(t, "group", float64(s.Groups[0]), 1.0/5)
	empty := scoreOf([]Counts{NewCounts(2)}, nil)
	same(t, "all of nothing", float64(empty.All), math.NaN())
}

func TestMeanScoresSkipsNaN(t *testing.T) {
	nan := Num(math.NaN())
	score := func(v Num) Score { return Score{v, v, []Num{v, nan}, v, v, []Num{v}, v} }
	m := MeanScores([]Scores{
		{score(0.2), score(0.4), score(0.6), nan, nan, nan, nan},
		{score(0.4), score(nan), score(0.8), 3, 4, 5, 6},
		{score(0.9), score(0.5), score(1), 1, 2, 3, 4},
	})
	for _, k := range []struct {
		name string
		got  Score
		want float64
	}{{"global", m.Global, 0.5}, {"on local", m.OnLocal, 0.45}, {"personal", m.Personal, 0.8}} {
		for _, v := range []Num{k.got.All, k.got.Pooled, k.got.Groups[0], k.got.Balancedness, k.got.MacroF1, k.got.NoZero[0], k.got.WorstDecile} {
			same(t, k.name, float64(v), k.want)
		}
		same(t, k.name+" without values", float64(k.got.Groups[1]), math.NaN())
	}
	same(t, "TKL", float64(m.TKL), 2)
	same(t, "reverse TKL", float64(m.TKLReverse), 3)
	same(t, "KL", float64(m.KL), 4)
	same(t, "soft cross-entropy", float64(m.SoftCE), 5)
}

func TestMeanScoresDoesNotShareGroups(t *testing.T) {
	in := []Scores{{Global: Score{Groups: []Num{1}}}}
	MeanScores(in).Global.Groups[0] = 7
	if in[0].Global.Groups[0] != 1 {
		t.Error("the mean shares its groups with its input")
	}
}

func TestResultCheck(t *testing.T) {
	good := func() *Result {
		s := Score{Groups: []Num{0}, NoZero: []Num{0}}
		all := Scores{Global: s, OnLocal: s, Personal: s}
		return &Result{
			Classes: []string{"a", "b"}, TrainCounts: []int{2, 1}, Groups: []Group{{Name: "g"}}, ZeroShot: all, Last: all, LastTen: all,
			PerClass: map[string]Counts{"zero_shot": NewCounts(2), "global": NewCounts(2), "personal": NewCounts(2)},
			Clients:  []Client{{Histogram: []int{2, 1}}},
		}
	}
	if err := good().Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Result){
		"training counts": func(r *Result) { r.TrainCounts = r.TrainCounts[:1] },
		"group figures":   func(r *Result) { r.Last.OnLocal.Groups = nil },
		"missing counts":  func(r *Result) { delete(r.PerClass, "personal") },
		"short counts":    func(r *Result) { r.PerClass["global"] = NewCounts(1) },
		"release means":   func(r *Result) { r.LastTen.Global.NoZero = nil },
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
