package report

import (
	"math"
	"slices"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/statistics"
	"github.com/fedpurel/fedpurel/train/fault"
)

// comparison is all methods against one of them, score by score. The independent unit is the data seed.
type comparison struct {
	groups    []group
	reference int
	data      int // data seeds
	scores    []contrast
}

// contrast is one score of all methods.
type contrast struct {
	column
	means       []Cell                  // by group
	differences []statistics.Difference // from the reference; empty for itself and where nothing is paired
	adjusted    []float64               // their p after Holm, over all methods; NaN where there is no test
	best        []bool                  // the best, and those that no test tells from it
	bootstrap   [][2]float64            // intervals of the differences that cover test images; NaN where there is none
}

// compare compares all groups with one; without others there is nothing to compare.
func compare(groups []group, metrics metric.Table, reference string) (*comparison, error) {
	c := &comparison{groups: groups, data: len(dataSeeds(groups))}
	var err error
	if c.reference, err = rowCalled(groups, reference); err != nil {
		return nil, err
	}
	if len(groups) < 2 {
		return c, nil
	}
	for _, column := range compared(metrics, groups[0].runs[0].Result.Groups) {
		c.scores = append(c.scores, c.contrast(column))
	}
	return c, c.draw()
}

// compared are the scores that methods are compared by. Accuracies of many, medium and few stand together.
func compared(metrics metric.Table, groups []metric.Group) (all []column) {
	of := func(name string, model metric.Model, g int) {
		m, known := metrics.Find(name)
		if !known || m.PerGroup && g >= len(groups) {
			return
		}
		group := ""
		if m.PerGroup {
			group = groups[g].Name
		}
		all = append(all, column{m, model, g, m.Heading(model, group)})
	}
	of(metric.Headline, metric.Global, 0)
	few := max(rarest(groups), 0)
	for g := range groups {
		if g < 3 || g == few { // many, medium and few, or what stands for few where there are none
			of(metric.GroupAccuracy, metric.Global, g)
		}
	}
	of(metric.Headline, metric.Personal, 0)
	of(metric.GroupAccuracy, metric.Personal, few)
	of(metric.Balancedness, metric.Global, 0)
	return all
}

// rowCalled is the place of the group that is called so, by title, label or method; without a name that of FedAvg, or
// else of zero-shot, or else the first.
func rowCalled(groups []group, name string) (int, error) {
	named := several(groups)
	if name == "" {
		for _, method := range []string{"fedavg", "zeroshot"} {
			for i, g := range groups {
				if g.method == method && g.label == "" {
					return i, nil
				}
			}
		}
		return 0, nil
	}
	var titles []string
	for _, is := range []func(group) bool{
		func(g group) bool { return g.title(named) == name }, func(g group) bool { return g.label == name },
		func(g group) bool { return g.method == name && g.label == "" },
	} {
		var found []int
		titles = nil
		for i, g := range groups {
			if is(g) {
				found = append(found, i)
			}
			titles = append(titles, g.title(named))
		}
		if len(found) > 1 {
			return 0, fault.Usagef("report: --reference %s: several rows are called so; name one of %q", name, titles)
		}
		if len(found) == 1 {
			return found[0], nil
		}
	}
	return 0, fault.Unknown("report: --reference: no row is called", name, titles)
}

// at is the run of a place; zero-shot, which no training seed changes, has one for all of a data seed.
func (g group) at(p place) *Run {
	for i := range g.runs {
		r := &g.runs[i].Result
		if r.DataSeed == p.data && (r.Seed == p.seed || g.method == "zeroshot") {
			return &g.runs[i]
		}
	}
	return nil
}

// places are those where all of some groups have a run, in the order of data seeds and seeds: zero-shot where another
// one has. They are lists of the same length, one for each data seed, unless that is ragged.
func places(groups ...group) (all [][]place, ragged bool) {
	some := trained(groups)
	if len(some) == 0 {
		some = groups
	}
	last := uint64(0)
	for _, r := range some[0].runs {
		p := placeOf(&r.Result)
		if slices.ContainsFunc(groups, func(g group) bool { return g.at(p) == nil }) {
			continue
		}
		if len(all) == 0 || p.data != last {
			all = append(all, nil)
		}
		last = p.data
		all[len(all)-1] = append(all[len(all)-1], p)
	}
	for _, of := range all {
		ragged = ragged || len(of) != len(all[0])
	}
	return all, ragged
}

// paired is the difference of two groups on the runs that both have, or is false.
func paired(method, reference group, f func(*Run) float64) (statistics.Difference, bool) {
	common, ragged := places(method, reference)
	scores := func(g group) (all [][]float64) {
		for _, of := range common {
			var values []float64
			for _, p := range of {
				values = append(values, f(g.at(p)))
			}
			if ragged { // training seeds are then averaged before, not after
				values = []float64{cellOf([][]float64{values}).Mean}
			}
			all = append(all, values)
		}
		return all
	}
	d, err := statistics.Paired(scores(method), scores(reference))
	return d, err == nil && !math.IsNaN(d.Mean)
}

// contrast compares all groups by one score.
func (c *comparison) contrast(of column) contrast {
	value := func(r *Run) float64 { return of.of(&r.Result.LastTen) }
	s := contrast{column: of}
	for _, g := range c.groups {
		s.means = append(s.means, g.overRuns(value))
		s.bootstrap = append(s.bootstrap, [2]float64{math.NaN(), math.NaN()})
	}
	s.differences, s.adjusted = c.against(c.reference, value)
	s.best = make([]bool, len(c.groups))
	best := -1
	for i, m := range s.means {
		if !math.IsNaN(m.Mean) && (best < 0 || of.metric.Better.Beats(m.Mean, s.means[best].Mean)) {
			best = i
		}
	}
	if best < 0 || c.data < 2 {
		return s
	}
	_, adjusted := c.against(best, value)
	for i, p := range adjusted {
		s.best[i] = i == best || !math.IsNaN(s.means[i].Mean) && !(p < statistics.Level)
	}
	return s
}

// against tests all groups against one: the family of Holm's correction.
func (c *comparison) against(reference int, f func(*Run) float64) (all []statistics.Difference, adjusted []float64) {
	var p []float64
	for i, g := range c.groups {
		var d statistics.Difference
		there := false
		if i != reference {
			d, there = paired(g, c.groups[reference], f)
		}
		if !there {
			nan := math.NaN()
			d = statistics.Difference{Mean: nan, SD: nan, Low: nan, High: nan, P: nan}
		}
		all, p = append(all, d), append(p, d.P)
	}
	return all, statistics.Holm(p)
}
