package told

import (
	"cmp"
	"maps"
	"slices"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// numbers are what all parts of a document are made of.
type numbers struct {
	Source
	first    *metric.Result
	data     []uint64 // data seeds, ascending
	training []uint64 // training seeds of what was trained, ascending
	seeds    int      // training seeds, at most, of a data seed
}

// column is one number of scores: a metric of a model and, if it has one for each, of a group of classes.
type column struct {
	metric  metric.Metric
	model   metric.Model
	group   int
	heading string
}

func newNumbers(s Source) *numbers {
	n := &numbers{Source: s, first: s.Rows[0].Runs[0].Result, seeds: 1}
	data, training := map[uint64]bool{}, map[uint64]bool{}
	for i, r := range s.Rows {
		of := map[uint64]int{}
		for _, run := range r.Runs {
			data[run.Result.DataSeed] = true
			of[run.Result.DataSeed]++
			if i > 0 {
				training[run.Result.Seed] = true
			}
		}
		for _, seeds := range of {
			n.seeds = max(n.seeds, seeds)
		}
	}
	n.data, n.training = slices.Sorted(maps.Keys(data)), slices.Sorted(maps.Keys(training))
	return n
}

// trained are the rows but zero-shot's.
func (n *numbers) trained() []Row { return n.Rows[1:] }

// of is the column of a metric; if the table has no such metric, one that has no values.
func (n *numbers) of(name string, model metric.Model, group int) column {
	m, _ := n.Metrics.Find(name)
	return column{m, model, group, ""}
}

// columns lists what the metrics show of models: model by model, those of one quantity side by side.
func (n *numbers) columns() (all []column) {
	first := map[string]int{}
	var shown metric.Table
	for i, m := range n.Metrics {
		if _, seen := first[m.Quantity]; !seen {
			first[m.Quantity] = i
		}
		if m.Scope == metric.OfModels && m.ReleaseOf == "" {
			shown = append(shown, m)
		}
	}
	slices.SortStableFunc(shown, func(a, b metric.Metric) int {
		return cmp.Compare(first[a.Quantity], first[b.Quantity])
	})
	for _, model := range metric.Models() {
		for _, m := range shown {
			names := []string{""}
			if m.PerGroup {
				names = nil
				for _, g := range n.first.Groups {
					names = append(names, g.Name)
				}
			}
			for i, name := range names {
				if h := m.Heading(model, name); h != "" {
					all = append(all, column{m, model, i, h})
				}
			}
		}
	}
	return all
}

// value is a run's number over the last rounds, in its unit.
func (c column) value(r *metric.Result) float64 {
	return c.metric.Unit.Times() * r.LastTen.At(c.metric, c.model, c.group)
}

// gain is its difference to zero-shot in the same run.
func (c column) gain(r *metric.Result) float64 {
	return c.value(r) - c.metric.Unit.Times()*r.ZeroShot.At(c.metric, c.model, c.group)
}

// mean is a number of a row.
func (n *numbers) mean(row int, c column) float64 {
	mean, _ := n.Seeds.Over(row, c.value)
	return mean
}

// gap is the difference of two rows, of the runs that both have.
func (n *numbers) gap(row, other int, c column) Gap {
	d, ok := n.Seeds.Paired(row, other, c.value)
	if !ok {
		return None()
	}
	return Gap{d.Mean, d.Low, d.High}
}
