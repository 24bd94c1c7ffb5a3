package report

import (
	"slices"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// column is one number of scores: a metric of a model, and of a group of classes if it has one number for each.
type column struct {
	metric  metric.Metric
	model   metric.Model
	group   int
	heading string
}

// of reads the number.
func (c column) of(s *metric.Scores) float64 { return s.At(c.metric, c.model, c.group) }

// columnsOf lists the numbers that the wanted metrics show: model by model, those of one quantity side by side.
func columnsOf(metrics metric.Table, groups []metric.Group, want func(metric.Metric) bool) []column {
	var sorted metric.Table
	for _, m := range metrics {
		if want(m) {
			sorted = append(sorted, m)
		}
	}
	first := map[string]int{}
	for i, m := range sorted {
		if _, seen := first[m.Quantity]; !seen {
			first[m.Quantity] = i
		}
	}
	slices.SortStableFunc(sorted, func(a, b metric.Metric) int { return first[a.Quantity] - first[b.Quantity] })
	var all []column
	for _, model := range metric.Models() {
		for _, m := range sorted {
			names := []string{""}
			if m.PerGroup {
				names = nil
				for _, g := range groups {
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

// heads are the columns as a table has them.
func heads(columns []column) []Column {
	var all []Column
	for _, c := range columns {
		all = append(all, Column{Name: c.heading, Percent: c.metric.Unit == metric.Share})
	}
	return all
}

// legends are what a table's note says of its columns, each metric once.
func legends(columns []column) []string {
	var all []string
	for _, c := range columns {
		if l := c.metric.Legend; l != "" && !slices.Contains(all, l) {
			all = append(all, l)
		}
	}
	return all
}

// tabulateColumns is a table with one row for every trained method; scores are those that it shows of a run.
func tabulateColumns(groups []group, t Table, columns []column, scores func(*metric.Result) *metric.Scores) Table {
	return tabulate(groups, t, heads(columns), func(i int, r *Run) float64 { return columns[i].of(scores(&r.Result)) })
}
