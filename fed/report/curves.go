package report

import (
	"math"
	"sort"

	"gonum.org/v1/plot/plotter"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// rounds is the mean over seeds of a quantity of the rounds, by round; rounds where it is NaN are left out.
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

// curve is the mean over seeds of a number, by round, in its unit.
func (g group) curve(c column) plotter.XYs {
	return g.rounds(func(r *metric.Round) float64 {
		if r.Scores == nil {
			return math.NaN()
		}
		return c.metric.Unit.Times() * c.of(r.Scores)
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

// path pairs two numbers of the same rounds, in round order, each in its unit.
func (g group) path(x, y column) plotter.XYs {
	at := func(c column) plotter.XYs {
		return g.rounds(func(r *metric.Round) float64 {
			if r.Scores == nil || math.IsNaN(x.of(r.Scores)) || math.IsNaN(y.of(r.Scores)) {
				return math.NaN()
			}
			return c.of(r.Scores)
		})
	}
	xs, ys := at(x), at(y)
	for i := range xs {
		xs[i] = plotter.XY{X: x.metric.Unit.Times() * xs[i].Y, Y: y.metric.Unit.Times() * ys[i].Y}
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
