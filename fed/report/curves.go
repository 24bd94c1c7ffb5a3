package report

import (
	"maps"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/plot/plotter"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// rounds is a quantity of the rounds over seeds, by round; rounds where it is NaN everywhere are left out.
func (g group) rounds(f func(*metric.Round) float64) (numbers []int, cells []Cell) {
	at := map[uint64]map[int][]float64{} // by data seed and round
	seen := map[int]bool{}
	for _, r := range g.runs {
		of := at[r.Result.DataSeed]
		if of == nil {
			of = map[int][]float64{}
			at[r.Result.DataSeed] = of
		}
		for i := range r.Rounds {
			if v := f(&r.Rounds[i]); !math.IsNaN(v) {
				seen[r.Rounds[i].Round] = true
				of[r.Rounds[i].Round] = append(of[r.Rounds[i].Round], v)
			}
		}
	}
	numbers = slices.Sorted(maps.Keys(seen))
	seeds := slices.Sorted(maps.Keys(at))
	for _, n := range numbers {
		var byData [][]float64
		for _, seed := range seeds {
			if v := at[seed][n]; v != nil {
				byData = append(byData, v)
			}
		}
		cells = append(cells, cellOf(byData))
	}
	return numbers, cells
}

// means is the mean of a quantity by round.
func (g group) means(f func(*metric.Round) float64) plotter.XYs {
	numbers, cells := g.rounds(f)
	var points plotter.XYs
	for i, n := range numbers {
		points = append(points, plotter.XY{X: float64(n), Y: cells[i].Mean})
	}
	return points
}

// inUnit reads a column's number of a round, in its unit; NaN where the round was not evaluated.
func inUnit(c column) func(*metric.Round) float64 {
	return func(r *metric.Round) float64 {
		if r.Scores == nil {
			return math.NaN()
		}
		return c.metric.Unit.Times() * c.of(r.Scores)
	}
}

// curve is the mean over seeds of a number, by round, in its unit.
func (g group) curve(c column) plotter.XYs { return g.means(inUnit(c)) }

// band is the outline of mean ± standard deviation of the same number; nil where one seed has none.
func (g group) band(c column) plotter.XYs {
	numbers, cells := g.rounds(inUnit(c))
	var above, below plotter.XYs
	for i, n := range numbers {
		if sd := cells[i].SD; !math.IsNaN(sd) {
			above = append(above, plotter.XY{X: float64(n), Y: cells[i].Mean + sd})
			below = append(below, plotter.XY{X: float64(n), Y: cells[i].Mean - sd})
		}
	}
	slices.Reverse(below)
	return append(above, below...)
}

// diagnosed is the mean over seeds of a diagnostic, by round.
func (g group) diagnosed(name string) plotter.XYs {
	return g.means(func(r *metric.Round) float64 {
		if v, ok := r.Diagnosis[name]; ok {
			return v
		}
		return math.NaN()
	})
}

// path pairs two numbers of the same rounds, in round order, each in its unit.
func (g group) path(x, y column) plotter.XYs {
	at := func(c column) plotter.XYs {
		return g.means(func(r *metric.Round) float64 {
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
func (g group) classAccuracy(kind string) (means []float64) {
	for c := range g.runs[0].Result.Classes {
		means = append(means, g.over(func(r *metric.Result) float64 { return r.PerClass[kind].Accuracy(c) }).Mean)
	}
	return means
}
