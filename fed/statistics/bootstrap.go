package statistics

import (
	"math/rand/v2"
	"runtime"

	"github.com/fedpurel/fedpurel/fed/ordered"
	"github.com/fedpurel/fedpurel/train/seed"
)

// Replicates is how often reports draw.
const Replicates = 2000

// Hits are which test images one run got right: in how many of the rounds that are averaged over.
type Hits struct {
	Right  []uint8 // of each test image
	Rounds int
}

// Images is how a data seed's test images are drawn, and what they count for: a score is Σ_i Weight_i · hits_i. For
// the accuracy of the global model strata are classes. Personal ones are drawn within each client's class.
type Images struct {
	Stratum []int     // of each test image; −1: none, it is never drawn
	Weight  []float64 // of each test image, 0 where it does not count; see Weights
}

// Weights make a score the mean over units, from 0, of the mean over their images; −1: the image counts for none. So
// the units of a macro accuracy are classes, of the accuracy of few-shot classes these, of a mean over clients these,
// and of the share of all images there is one.
func Weights(unit []int) []float64 {
	size := map[int]int{}
	for _, u := range unit {
		if u >= 0 {
			size[u]++
		}
	}
	w := make([]float64, len(unit))
	for i, u := range unit {
		if u >= 0 {
			w[i] = 1 / float64(len(size)*size[u])
		}
	}
	return w
}

// Bootstrap has the score of every method in every replicate: [method][replicate].
type Bootstrap [][]float64

// Interval is the 95 % percentile interval of a method's score.
func (b Bootstrap) Interval(method int) (low, high float64) { return Percentile(b[method]) }

// Difference is that of the difference method − reference, whose replicates are paired.
func (b Bootstrap) Difference(method, reference int) (low, high float64) {
	d := make([]float64, len(b[method]))
	for r, x := range b[method] {
		d[r] = x - b[reference][r]
	}
	return Percentile(d)
}

// Hierarchical draws with replacement all that a score hangs on: data seeds; within each one drawn, training seeds;
// and, once for all runs and methods, test images within each stratum. Where the strata of data seeds differ, as those
// of clients do, images are drawn once for each of these.
//
// The runs are [method][data seed][training seed], of as many training seeds everywhere; images are one for all data
// seeds, or one each. With fewer than five data seeds the intervals are too short: a caller says how many there are.
//
// A replicate has a random stream of its own, by the name of the metric: no result depends on which others are formed,
// or on how many processors share the work.
func Hierarchical(metric string, runs [][][]Hits, images []Images, replicates int) (Bootstrap, error) {
	w, err := newWorlds(runs, images)
	if err != nil {
		return nil, err
	}
	scores := make(Bootstrap, len(runs))
	for m := range scores {
		scores[m] = make([]float64, replicates)
	}
	at, workers := seed.Name(metric), runtime.GOMAXPROCS(0)
	draws := make([]*draw, workers)
	jobs := ordered.Jobs{N: replicates, Workers: workers, Ahead: 8 * workers}
	err = ordered.Run(jobs, func(worker, r int) *struct{} {
		if draws[worker] == nil {
			draws[worker] = w.newDraw()
		}
		d := draws[worker]
		w.draw(d, seed.Root(0).Stream(seed.Bootstrap, at, uint64(r)))
		w.weigh(d)
		for m := range scores {
			scores[m][r] = w.score(m, d)
		}
		return nil
	}, func(int, *struct{}) error { return nil })
	if err != nil {
		return nil, err
	}
	return scores, nil
}

// draw is one replicate. It is used again by the next.
type draw struct {
	runs   [][]int     // how often each training seed of each data seed was drawn
	counts [][]float64 // how often each image of a layout was
	weight [][]float64 // of each image, by data seed: counts · Images.Weight
}

func (w *worlds) newDraw() *draw {
	d := &draw{}
	for _, l := range w.of {
		d.runs = append(d.runs, make([]int, w.seeds))
		d.weight = append(d.weight, make([]float64, len(w.layouts[l].image)))
	}
	for _, l := range w.layouts {
		d.counts = append(d.counts, make([]float64, len(l.image)))
	}
	return d
}

// draw draws a replicate.
func (w *worlds) draw(d *draw, rng *rand.Rand) {
	for _, seeds := range d.runs {
		clear(seeds)
	}
	for range d.runs {
		seeds := d.runs[rng.IntN(len(d.runs))]
		for range seeds {
			seeds[rng.IntN(len(seeds))]++
		}
	}
	for l, layout := range w.layouts {
		counts := d.counts[l]
		clear(counts)
		from := 0
		for _, to := range layout.ends {
			n := uint32(to - from)
			for range n {
				counts[from+int(rng.Uint32N(n))]++
			}
			from = to
		}
	}
}

// weigh forms what every image counts for in a replicate.
func (w *worlds) weigh(d *draw) {
	for i, weight := range d.weight {
		counts := d.counts[w.of[i]]
		for k, v := range w.weight[i] {
			weight[k] = v * counts[k]
		}
	}
}

// score is that of a method: the mean over the runs drawn.
func (w *worlds) score(method int, d *draw) float64 {
	var sum float64
	for i, seeds := range d.runs {
		for j, times := range seeds {
			if times > 0 {
				h := w.hits[method][i][j]
				sum += float64(times) / float64(h.Rounds) * dot(h.Right, d.weight[i])
			}
		}
	}
	return sum / float64(len(d.runs)*w.seeds)
}

// dot is Σ h·w, in four sums that do not wait for each other.
func dot(h []uint8, w []float64) float64 {
	w = w[:len(h)]
	var a, b, c, d float64
	i := 0
	for ; i+4 <= len(h); i += 4 {
		a += float64(h[i]) * w[i]
		b += float64(h[i+1]) * w[i+1]
		c += float64(h[i+2]) * w[i+2]
		d += float64(h[i+3]) * w[i+3]
	}
	for ; i < len(h); i++ {
		a += float64(h[i]) * w[i]
	}
	return a + b + c + d
}
