package statistics

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

type bootstrapFixture struct {
	Quantiles []struct {
		V    []float64
		P, Q float64
	} `json:"quantile_cases"`
	Hierarchical struct {
		Labels []int
		Hits   map[string][][][]int
		Draws  []struct {
			Data          []int
			Train, Images [][]int
		}
		Difference []float64 `json:"difference_of_macro_accuracy"`
		Observed   float64
	}
}

func TestQuantileAsInTheFixture(t *testing.T) {
	var f bootstrapFixture
	fixture(t, "bootstrap.json", &f)
	for _, c := range f.Quantiles {
		slices.Sort(c.V)
		near(t, "quantile", Quantile(c.V, c.P), c.Q)
	}
}

// The fixture draws by hand.
func TestHierarchicalAsInTheFixture(t *testing.T) {
	var f bootstrapFixture
	fixture(t, "bootstrap.json", &f)
	h := f.Hierarchical
	runs := make([][][]Hits, 2)
	for m, name := range []string{"a", "b"} {
		for _, world := range h.Hits[name] {
			var of []Hits
			for _, right := range world {
				of = append(of, tenths(right))
			}
			runs[m] = append(runs[m], of)
		}
	}
	w, err := newWorlds(runs, []Images{{h.Labels, Weights(h.Labels)}})
	if err != nil {
		t.Fatal(err)
	}
	d := w.newDraw()
	for i, of := range h.Draws {
		d.runs = [][]int{{0, 0}, {0, 0}}
		for at, world := range of.Data {
			for _, run := range of.Train[at] {
				d.runs[world][run]++
			}
		}
		clear(d.counts[0])
		for _, images := range of.Images {
			for _, image := range images {
				d.counts[0][slices.Index(w.layouts[0].image, image)]++
			}
		}
		w.weigh(d)
		near(t, "difference", w.score(0, d)-w.score(1, d), h.Difference[i])
	}
}

// tenths are hits in all of ten rounds, or in none.
func tenths(right []int) Hits {
	h := Hits{Rounds: 10}
	for _, r := range right {
		h.Right = append(h.Right, uint8(10*r))
	}
	return h
}

// random makes runs whose methods differ by a step in their chance of being right.
func random(rng *rand.Rand, methods, data, train, images int) [][][]Hits {
	runs := make([][][]Hits, methods)
	for m := range runs {
		for range data {
			var world []Hits
			for range train {
				h := Hits{Rounds: 10, Right: make([]uint8, images)}
				for i := range h.Right {
					if rng.Float64() < 0.5+0.2*float64(m) {
						h.Right[i] = 10
					}
				}
				world = append(world, h)
			}
			runs[m] = append(runs[m], world)
		}
	}
	return runs
}

func cycle(n, of int) []int {
	v := make([]int, n)
	for i := range v {
		v[i] = i % of
	}
	return v
}

func bootstrap(t *testing.T, metric string, runs [][][]Hits, images []Images, n int) Bootstrap {
	t.Helper()
	b, err := Hierarchical(metric, runs, images, n)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What is drawn belongs to the metric and the replicate: more of them, or fewer methods, change none of the others.
func TestReplicatesStandAlone(t *testing.T) {
	labels := cycle(60, 6)
	images := []Images{{labels, Weights(labels)}}
	runs := random(rand.New(rand.NewPCG(1, 1)), 3, 3, 2, len(labels))
	many, few := bootstrap(t, "few", runs, images, 50), bootstrap(t, "few", runs[1:], images, 20)
	if !slices.Equal(many[1][:20], few[0]) || !slices.Equal(many[2][:20], few[1]) {
		t.Error("replicates depend on what is formed beside them")
	}
	if slices.Equal(many[0], bootstrap(t, "all", runs, images, 50)[0]) {
		t.Error("two metrics draw alike")
	}
}

// Equal methods differ in no replicate; better ones do, about the observed difference.
func TestBootstrapIsPaired(t *testing.T) {
	labels := cycle(400, 8)
	runs := random(rand.New(rand.NewPCG(2, 2)), 2, 5, 2, len(labels))
	runs = append(runs, runs[0])
	b := bootstrap(t, "all", runs, []Images{{labels, Weights(labels)}}, 500)
	if low, high := b.Difference(2, 0); low != 0 || high != 0 {
		t.Errorf("a method differs from itself by %v to %v", low, high)
	}
	low, high := b.Difference(1, 0)
	if low < 0.1 || high > 0.3 || low > 0.2 || high < 0.2 || high-low < 0.02 {
		t.Errorf("the interval of a difference of 0.2 is %v to %v", low, high)
	}
}

// With all images and runs alike but for one source of chance, the spread is that of this source.
func TestEverySourceIsDrawn(t *testing.T) {
	const n = 100
	labels := make([]int, n)
	spread := func(data, train int, right func(i, j, image int) bool) float64 {
		runs := make([][][]Hits, 1)
		for i := range data {
			var world []Hits
			for j := range train {
				h := Hits{Rounds: 1, Right: make([]uint8, n)}
				for k := range h.Right {
					if right(i, j, k) {
						h.Right[k] = 1
					}
				}
				world = append(world, h)
			}
			runs[0] = append(runs[0], world)
		}
		b := bootstrap(t, "all", runs, []Images{{labels, Weights(labels)}}, 2000)
		low, high := b.Interval(0)
		return high - low
	}
	// Of n draws at one half, the central 95 % span 2·1.96·√(1/4n).
	within(t, "spread over data seeds", spread(n, 1, func(i, _, _ int) bool { return i%2 == 0 }), 0.196, 0.02)
	within(t, "spread over training seeds", spread(1, n, func(_, j, _ int) bool { return j%2 == 0 }), 0.196, 0.02)
	within(t, "spread over images", spread(3, 2, func(_, _, k int) bool { return k%2 == 0 }), 0.196, 0.02)
	within(t, "spread of nothing", spread(3, 2, func(_, _, _ int) bool { return true }), 0, 1e-12)
}

// Strata keep their sizes: where all images of one are alike, drawing them changes nothing. Strata may differ between
// data seeds, and what counts for nothing is left out.
func TestImagesAreDrawnWithinStrata(t *testing.T) {
	owner := [][]int{{0, 0, 1, 1, -1, 1}, {1, 0, 0, 1, 1, -1}}
	right := [][]uint8{{3, 3, 1, 1, 0, 1}, {2, 0, 0, 2, 2, 9}}
	var images []Images
	runs := make([][][]Hits, 1)
	for i := range owner {
		images = append(images, Images{owner[i], Weights(owner[i])})
		runs[0] = append(runs[0], []Hits{{right[i], 4}, {right[i], 4}})
	}
	for _, score := range bootstrap(t, "personal", runs, images, 50)[0] {
		of := math.Round(score*8) / 8 // ½, 3/8 or ¼: two of the worlds that score (3+1)/8 and (2+0)/8
		near(t, "score", score, of)
		if of < 0.25 || of > 0.5 {
			t.Errorf("score %v", score)
		}
	}
}

func TestWeights(t *testing.T) {
	all(t, "weights", Weights([]int{2, -1, 0, 2, 2, 0}), []float64{1. / 6, 0, 1. / 4, 1. / 6, 1. / 6, 1. / 4})
}

func TestHierarchicalRefusesWhatDoesNotFit(t *testing.T) {
	labels := cycle(6, 2)
	good := []Images{{labels, Weights(labels)}}
	runs := func() [][][]Hits { return random(rand.New(rand.NewPCG(3, 3)), 2, 2, 2, len(labels)) }
	for name, c := range map[string]struct {
		change func([][][]Hits) [][][]Hits
		images []Images
	}{
		"no runs":        {func([][][]Hits) [][][]Hits { return nil }, good},
		"data seeds":     {func(r [][][]Hits) [][][]Hits { r[1] = r[1][:1]; return r }, good},
		"training seeds": {func(r [][][]Hits) [][][]Hits { r[1][0] = r[1][0][:1]; return r }, good},
		"images":         {func(r [][][]Hits) [][][]Hits { r[1][0][1].Right = nil; return r }, good},
		"rounds":         {func(r [][][]Hits) [][][]Hits { r[1][0][1].Rounds = 0; return r }, good},
		"weights":        {func(r [][][]Hits) [][][]Hits { return r }, []Images{{labels, nil}}},
		"no images":      {func(r [][][]Hits) [][][]Hits { return r }, nil},
	} {
		if _, err := Hierarchical("all", c.change(runs()), c.images, 10); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A table of ten methods with ten runs each on ten thousand test images.
func BenchmarkHierarchical(b *testing.B) {
	labels := cycle(10000, 100)
	runs := random(rand.New(rand.NewPCG(4, 4)), 10, 5, 2, len(labels))
	for b.Loop() {
		if _, err := Hierarchical("all", runs, []Images{{labels, Weights(labels)}}, 100); err != nil {
			b.Fatal(err)
		}
	}
}
