package report

import (
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
	"github.com/fedpurel/fedpurel/fed/report/told"
	"github.com/fedpurel/fedpurel/fed/statistics"
)

// document puts the report together as data: its sentences, its main table, the evidence in sections, and all tables
// but the summary, whose numbers the main one has.
func (c *comparison) document(metrics metric.Table, tables []Table, sections []document.Section) *document.Document {
	rows := append([]group{ofZeroShot(c.groups)}, trained(c.groups)...)
	methods, shown := c.methods(), c.shown()
	s := told.Source{
		Seeds: overSeeds(rows), Metrics: metrics, Origin: originOf(c.groups), Protocol: protocol(c.groups),
		Repeated: repeated(c.groups), Missing: missing(c.groups), Unchecked: unrecorded(c.groups), Sections: sections,
		Shown: c.left(),
	}
	for i, g := range rows {
		row := told.Row{Method: methods[i], Module: g.module, Hidden: i > 0 && !shown[g.place]}
		for j := range g.runs {
			run := &g.runs[j]
			seconds := 0.0
			for _, round := range run.Rounds {
				seconds += round.Seconds
			}
			row.Runs = append(row.Runs, told.Run{Result: &run.Result, Seconds: seconds})
		}
		row.Runs[0].Spec = specOf(&g.runs[0])
		s.Rows = append(s.Rows, row)
		if i > 0 && c.isReference(g) {
			s.Reference = i
		}
	}
	for _, t := range tables {
		if t.Name == summaryName {
			continue
		}
		s.Tables = append(s.Tables, t.grid(methods))
	}
	return told.Document(s)
}

// methods is the key of all figures and tables: zero-shot, then the trained groups in their order.
func (c *comparison) methods() []chart.Method {
	named, shown := several(c.groups), c.shown()
	var called []told.Called
	for _, g := range trained(c.groups) {
		called = append(called, told.Called{
			Name: g.title(named), Ours: g.method == "fedpurel", Variant: g.label != "" || g.options != "",
			Reference: c.isReference(g), Shown: shown[g.place],
		})
	}
	return told.Methods(called)
}

// isReference tells whether others are compared with a trained group.
func (c *comparison) isReference(g group) bool {
	reference := c.groups[c.reference]
	return g.place == reference.place && reference.method != "zeroshot"
}

// ofZeroShot is zeroShot with runs whose own scores are zero-shot's.
func ofZeroShot(groups []group) group {
	zero := zeroShot(groups)
	for i, r := range zero.runs {
		zero.runs[i] = WithZeroShot(r)[0]
	}
	return zero
}

// overSeeds are rows whose numbers are formed over their seeds.
type overSeeds []group

// ByData lists the values of a row that exist, data seed by data seed.
func (rows overSeeds) ByData(row int, f func(*metric.Result) float64) [][]float64 {
	return rows[row].byData(func(r *Run) float64 { return f(&r.Result) })
}

// Over is a row's mean and standard deviation.
func (rows overSeeds) Over(row int, f func(*metric.Result) float64) (mean, sd float64) {
	cell := rows[row].over(f)
	return cell.Mean, cell.SD
}

// Paired is the difference of two rows, of the runs that both have.
func (rows overSeeds) Paired(row, other int, f func(*metric.Result) float64) (statistics.Difference, bool) {
	return paired(rows[row], rows[other], func(r *Run) float64 { return f(&r.Result) })
}
