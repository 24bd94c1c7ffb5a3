package report

import (
	"math"
	"sort"

	"gonum.org/v1/plot/plotter"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// over is the mean over seeds of a quantity of the rounds, by round; rounds where it is NaN are left out.
func (g group) rounds(f func(*metric.Round) float64) plotter.XYs {
	sums, counts := map[int]float64{}, map[int]int{}
	for _, r := range g.runs {
		for i := range r.Rounds {
			if v := f(&r.Rounds[i]); !math.IsNaN(v) {
				sums[r.Rounds[i].Round] += v
				counts[r.Rounds[i].Round]++
			}
		}
	}
	var points plotter.XYs
	for round, n := range counts {
		points = append(points, plotter.XY{X: float64(round), Y: sums[round] / float64(n)})
	}
	sort.Slice(points, func(i, j int) bool { return points[i].X < points[j].X })
	return points
}

// curve is the mean over seeds of a share, by round, in percent.
func (g group) curve(f func(*metric.Scores) metric.Num) plotter.XYs {
	return g.rounds(func(r *metric.Round) float64 {
		if r.Scores == nil {
			return math.NaN()
		}
		return 100 * float64(f(r.Scores))
	})
}

// diagnosed is the mean over seeds of a diagnostic, by round.
func (g group) diagnosed(name string) plotter.XYs {
	return g.rounds(func(r *metric.Round) float64 {
		if v, ok := r.Diagnosis[name]; ok {
			return v
		}
		return math.NaN()
	})
}

// path pairs two quantities of the same rounds, in round order.
func (g group) path(x, y func(*metric.Scores) metric.Num) plotter.XYs {
	at := func(f func(*metric.Scores) metric.Num) plotter.XYs {
		return g.rounds(func(r *metric.Round) float64 {
			if r.Scores == nil || math.IsNaN(float64(x(r.Scores))) || math.IsNaN(float64(y(r.Scores))) {
				return math.NaN()
			}
			return float64(f(r.Scores))
		})
	}
	xs, ys := at(x), at(y)
	for i := range xs {
		xs[i] = plotter.XY{X: xs[i].Y, Y: 100 * ys[i].Y}
	}
	return xs
}

// byCount sorts class numbers by falling training count.
func byCount(counts []int) []int {
	order := make([]int, len(counts))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return counts[order[i]] > counts[order[j]] })
	return order
}

// classAccuracy is the mean over seeds of every class's accuracy in the last round.
func (g group) classAccuracy(kind string) []float64 {
	var mean []float64
	for _, r := range g.runs {
		a := r.Result.PerClass[kind].Accuracies()
		if mean == nil {
			mean = make([]float64, len(a))
		}
		for c := range a {
			mean[c] += a[c] / float64(len(g.runs))
		}
	}
	return mean
}
