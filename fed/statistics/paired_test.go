package statistics

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

type pairedFixture struct {
	Baseline [][]float64
	Methods  map[string][][]float64
	Results  map[string]struct {
		Each     []float64 `json:"mean_by_data_seed"`
		Mean, SD float64
		T        float64
		P        float64   `json:"p_t"`
		Interval []float64 `json:"ci95"`
		Wilcoxon float64   `json:"p_wilcoxon_exact"`
		Train    float64   `json:"var_training_seed"`
		Data     float64   `json:"var_data_seed"`
	}
	Holm        map[string]float64 `json:"holm_of_p_t"`
	HolmExample struct {
		P, Adjusted []float64
	} `json:"holm_example"`
	WithTies struct {
		D []float64
		P float64 `json:"p_exact_midranks"`
	} `json:"wilcoxon_with_ties_and_a_zero"`
	Smallest map[int]float64 `json:"smallest_two_sided_wilcoxon_p"`
}

func TestPairedAsInTheFixture(t *testing.T) {
	var f pairedFixture
	fixture(t, "paired.json", &f)
	names := []string{"a", "b", "c", "d"}
	var p []float64
	for _, name := range names {
		d, err := Paired(f.Methods[name], f.Baseline)
		if err != nil {
			t.Fatal(err)
		}
		want := f.Results[name]
		all(t, "differences of "+name, d.Each, want.Each)
		all(t, "mean, deviation and t of "+name, []float64{d.Mean, d.SD, d.T}, []float64{want.Mean, want.SD, want.T})
		all(t, "interval of "+name, []float64{d.Low, d.High}, want.Interval)
		all(t, "variances of "+name, []float64{d.TrainVariance, d.DataVariance}, []float64{want.Train, want.Data})
		near(t, "Wilcoxon's p of "+name, Wilcoxon(d.Each), want.Wilcoxon)
		within(t, "p of "+name, d.P, want.P, 1e-11)
		p = append(p, d.P)
		if d.DataSeeds != 8 || d.Seeds != 3 {
			t.Errorf("%s has %d × %d runs", name, d.DataSeeds, d.Seeds)
		}
	}
	for i, adjusted := range Holm(p) {
		near(t, "Holm's p of "+names[i], adjusted, f.Holm[names[i]])
	}
	all(t, "Holm's example", Holm(f.HolmExample.P), f.HolmExample.Adjusted)
	near(t, "p with ties and a zero", Wilcoxon(f.WithTies.D), f.WithTies.P)
	for n, p := range f.Smallest {
		near(t, "smallest p", WilcoxonSmallest(n), p)
	}
}

// Tails have closed forms: of t with one degree of freedom, and of F with two above.
func TestSmallPKeepTheirDigits(t *testing.T) {
	for _, v := range []float64{0.5, 30, 1e9} {
		if got, want := twoSided(v, 1), 2/math.Pi*math.Atan(1/v); math.Abs(got/want-1) > 1e-9 {
			t.Errorf("p of t = %v is %v, want %v", v, got, want)
		}
	}
	var each [][]float64 // three methods in the same order, but for one setting
	for range 40 {
		each = append(each, []float64{1, 2, 3})
	}
	o := Friedman(append(each, []float64{2, 1, 3}))
	if want := math.Pow(1+2*o.F/o.Within, -o.Within/2); want > 1e-40 || math.Abs(o.P/want-1) > 1e-9 {
		t.Errorf("p of F = %v is %v, want %v", o.F, o.P, want)
	}
}

func TestDifferencesThatAreAllAlike(t *testing.T) {
	d, err := Paired([][]float64{{2}, {3}}, [][]float64{{1}, {2}})
	if err != nil {
		t.Fatal(err)
	}
	if d.P != 0 || !math.IsInf(d.T, 1) {
		t.Errorf("differences of one and one give %+v", d)
	}
}

// One data seed is one replicate of the world: it has a mean, and nothing that claims to be known of other worlds.
func TestPairedOfOneDataSeed(t *testing.T) {
	d, err := Paired([][]float64{{3, 5}}, [][]float64{{1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", d.Mean, 2.5)
	near(t, "variance over training seeds", d.TrainVariance, 0.5)
	for _, v := range []float64{d.SD, d.Low, d.High, d.T, d.P, d.DataVariance} {
		if !math.IsNaN(v) {
			t.Errorf("one data seed gives %+v", d)
		}
	}
}

func TestPairedOfOneTrainingSeed(t *testing.T) {
	d, err := Paired([][]float64{{1}, {2}}, [][]float64{{1}, {1}})
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(d.TrainVariance) || !math.IsNaN(d.DataVariance) || math.IsNaN(d.P) {
		t.Errorf("one training seed gives %+v", d)
	}
}

func TestAMethodDoesNotDifferFromItself(t *testing.T) {
	scores := [][]float64{{1, 2}, {3, 4}, {5, 7}}
	d, err := Paired(scores, scores)
	if err != nil {
		t.Fatal(err)
	}
	all(t, "t, p and interval", []float64{d.T, d.P, d.Low, d.High}, []float64{0, 1, 0, 0})
}

func TestPairedRefusesWhatIsNoPair(t *testing.T) {
	for _, c := range [][2][][]float64{
		{nil, nil},
		{{{1}}, {{1}, {2}}},
		{{{1}, {2}}, {{1}, {2, 3}}},
		{{{1, 2}, {2}}, {{1, 2}, {2}}},
		{{{}}, {{}}},
	} {
		if _, err := Paired(c[0], c[1]); err == nil {
			t.Errorf("%v and %v are paired", c[0], c[1])
		}
	}
}

func TestHolmLeavesOutWhatDoesNotExist(t *testing.T) {
	got := Holm([]float64{0.01, nan, 0.04})
	near(t, "first", got[0], 0.02)
	near(t, "last", got[2], 0.04)
	if !math.IsNaN(got[1]) {
		t.Errorf("NaN became %v", got[1])
	}
}

// In worlds that differ in both, with few data seeds, the interval holds the truth as often as it says.
func TestPairedIntervalCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const worlds, truth = 4000, 0.7
	covered := 0
	for range worlds {
		method, reference := make([][]float64, 5), make([][]float64, 5)
		for i := range method {
			world, own := 60+3*rng.NormFloat64(), truth+rng.NormFloat64()
			for range 2 {
				reference[i] = append(reference[i], world+0.3*rng.NormFloat64())
				method[i] = append(method[i], world+own+0.8*rng.NormFloat64())
			}
		}
		d, err := Paired(method, reference)
		if err != nil {
			t.Fatal(err)
		}
		if d.Low <= truth && truth <= d.High {
			covered++
		}
	}
	within(t, "coverage", float64(covered)/worlds, 0.95, 0.011) // three standard deviations
}

// Every pattern of signs is tried, of differences with and without ties.
func TestWilcoxonAgreesWithEnumeration(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		d := make([]float64, 1+rng.IntN(10))
		for i := range d {
			d[i] = float64(rng.IntN(9)-4) / 2
			if rng.IntN(2) == 0 {
				d[i] += 0.1 * rng.NormFloat64()
			}
		}
		near(t, "p", Wilcoxon(d), enumerated(d))
	}
}

func enumerated(d []float64) float64 {
	d = slices.DeleteFunc(slices.Clone(d), func(v float64) bool { return v == 0 })
	ranks := make([]float64, len(d))
	var total, plus float64
	for i, v := range d {
		for _, u := range d {
			switch {
			case math.Abs(u) < math.Abs(v):
				ranks[i]++
			case math.Abs(u) == math.Abs(v):
				ranks[i] += 0.5
			}
		}
		ranks[i] += 0.5
		total += ranks[i]
		if v > 0 {
			plus += ranks[i]
		}
	}
	extreme := 0
	for signs := range 1 << len(d) {
		var w float64
		for i, r := range ranks {
			if signs>>i&1 == 1 {
				w += r
			}
		}
		if min(w, total-w) <= min(plus, total-plus) {
			extreme++
		}
	}
	return float64(extreme) / float64(int(1)<<len(d))
}

func TestWilcoxonOfNothing(t *testing.T) {
	near(t, "p without differences", Wilcoxon([]float64{0, 0}), 1)
	if !math.IsNaN(Wilcoxon([]float64{1, nan})) {
		t.Error("a difference that does not exist has a p")
	}
}

// Ten methods are nine comparisons with the reference, and ten with a spare: statistics.md has nine data seeds for ten.
func TestWilcoxonEnough(t *testing.T) {
	for comparisons, want := range map[int]int{1: 6, 10: 9} {
		if got := WilcoxonEnough(comparisons); got != want {
			t.Errorf("%d comparisons take %d differences, want %d", comparisons, got, want)
		}
	}
}
