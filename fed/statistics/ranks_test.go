package statistics

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

type ranksFixture struct {
	Scores   [][]float64
	Average  []float64 `json:"average_ranks"`
	Chi2     float64   `json:"friedman_chi2_tie_corrected"`
	PChi2    float64   `json:"p_chi2"`
	F        float64   `json:"iman_davenport_F"`
	DF       []float64
	PF       float64                    `json:"p_F"`
	CD       float64                    `json:"nemenyi_cd_0.05"`
	Q        map[string]map[int]float64 `json:"nemenyi_q"`
	Wilcoxon map[string]float64         `json:"wilcoxon_exact_p"`
	Holm     [][]float64                `json:"wilcoxon_holm_p"`
	Order    []string
	Bars     [][]string `json:"cliques_holm_0.05"`
	Nemenyi  [][]string `json:"cliques_nemenyi_0.05"`
}

func TestRanksAsInTheFixture(t *testing.T) {
	var f ranksFixture
	fixture(t, "ranks.json", &f)
	mean, each := Ranks(f.Scores, true)
	all(t, "mean ranks", mean, f.Average)
	o := Friedman(each)
	all(t, "χ² and F", []float64{o.ChiSquared, o.F}, []float64{f.Chi2, f.F})
	all(t, "degrees of freedom", []float64{o.Between, o.Within}, f.DF)
	within(t, "p of χ²", o.PChiSquared, f.PChi2, 5e-13)
	within(t, "p of F", o.P, f.PF, 5e-16)

	p, adjusted := Pairwise(f.Scores)
	for a := range adjusted {
		all(t, "p after Holm", adjusted[a], f.Holm[a])
		for b := a + 1; b < len(p); b++ {
			near(t, "p of a pair", p[a][b], f.Wilcoxon[name(a)+"-"+name(b)])
		}
	}
	if got := names(Order(mean)); !slices.Equal(got, f.Order) {
		t.Errorf("the order is %v, want %v", got, f.Order)
	}
	bars(t, Bars(mean, func(a, b int) bool { return adjusted[a][b] < Level }), f.Bars)

	cd, err := Nemenyi(len(mean), len(each))
	if err != nil {
		t.Fatal(err)
	}
	within(t, "critical difference", cd, f.CD, 5e-7)
	bars(t, Bars(mean, func(a, b int) bool { return math.Abs(mean[a]-mean[b]) > cd }), f.Nemenyi)
	for k, q := range f.Q["0.05"] {
		if nemenyi[k-2] != q {
			t.Errorf("q of %d methods is %v, want %v", k, nemenyi[k-2], q)
		}
	}
	if len(nemenyi) != len(f.Q["0.05"]) {
		t.Errorf("%d quantiles, want %d", len(nemenyi), len(f.Q["0.05"]))
	}
}

func name(m int) string { return "m" + string(rune('1'+m)) }

func names(of []int) (all []string) {
	for _, m := range of {
		all = append(all, name(m))
	}
	return all
}

func bars(t *testing.T, got [][]int, want [][]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("the bars are %v, want %v", got, want)
	}
	for i := range got {
		if !slices.Equal(names(got[i]), want[i]) {
			t.Errorf("bar %v, want %v", names(got[i]), want[i])
		}
	}
}

// The order in which methods are named decides nothing.
func TestPermutingMethodsPermutesRanks(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		scores := make([][]float64, 2+rng.IntN(9))
		k := 2 + rng.IntN(6)
		permuted, to := make([][]float64, len(scores)), rng.Perm(k)
		for i := range scores {
			scores[i], permuted[i] = make([]float64, k), make([]float64, k)
			for m := range k {
				scores[i][m] = float64(rng.IntN(8))
				permuted[i][to[m]] = scores[i][m]
			}
		}
		mean, each := Ranks(scores, true)
		mean2, each2 := Ranks(permuted, true)
		_, p := Pairwise(scores)
		_, p2 := Pairwise(permuted)
		for m := range k {
			near(t, "mean rank", mean2[to[m]], mean[m])
			for o := range k {
				near(t, "p of a pair", p2[to[m]][to[o]], p[m][o])
			}
		}
		a, b := Friedman(each), Friedman(each2)
		within(t, "χ²", b.ChiSquared, a.ChiSquared, 1e-9)
		within(t, "p of F", b.P, a.P, 1e-9)
	}
}

func TestRanksOfWhatShallBeLow(t *testing.T) {
	mean, _ := Ranks([][]float64{{1, 2, 2}}, false)
	all(t, "ranks", mean, []float64{1, 2.5, 2.5})
}

// Means and differences of accuracies that are equal stay so, whatever the order of their sums.
func TestTiesOutliveRounding(t *testing.T) {
	a, b := 0.1+0.2, 0.3
	mean, _ := Ranks([][]float64{{a, b}}, true)
	all(t, "ranks", mean, []float64{1.5, 1.5})
	p, _ := Pairwise([][]float64{{a, b}, {1, 0}})
	near(t, "p of one difference", p[0][1], 1)
}

func TestFriedmanAtItsEnds(t *testing.T) {
	same := Friedman([][]float64{{1.5, 1.5}, {1.5, 1.5}})
	if same.P != 1 || same.PChiSquared != 1 {
		t.Errorf("methods that tie everywhere have %+v", same)
	}
	agreed := Friedman([][]float64{{1, 2, 3}, {1, 2, 3}, {1, 2, 3}})
	if !math.IsInf(agreed.F, 1) || agreed.P != 0 {
		t.Errorf("settings that agree have %+v", agreed)
	}
}

func TestNemenyiRefusesWhatItsTableLacks(t *testing.T) {
	for _, k := range []int{1, 31} {
		if _, err := Nemenyi(k, 10); err == nil {
			t.Errorf("%d methods have a critical difference", k)
		}
	}
}

// A bar joins no pair that differs, even where both go with what stands between them.
func TestBars(t *testing.T) {
	mean := []float64{1, 2, 3, 4}
	apart := func(pairs ...[2]int) func(a, b int) bool {
		return func(a, b int) bool { return slices.Contains(pairs, [2]int{min(a, b), max(a, b)}) }
	}
	for _, c := range []struct {
		apart func(a, b int) bool
		want  [][]string
	}{
		{apart(), [][]string{{"m1", "m2", "m3", "m4"}}},
		{apart([2]int{0, 3}), [][]string{{"m1", "m2", "m3"}, {"m2", "m3", "m4"}}},
		{apart([2]int{1, 2}), [][]string{{"m1", "m2"}, {"m3", "m4"}}},
		{apart([2]int{0, 1}, [2]int{1, 2}, [2]int{2, 3}), nil},
	} {
		bars(t, Bars(mean, c.apart), c.want)
	}
}
