package told

import (
	"encoding/json"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
	"github.com/fedpurel/fedpurel/fed/statistics"
)

// Source is what a document is made of.
type Source struct {
	Rows      []Row // zero-shot first, then what was trained; never empty
	Seeds     Seeds // of these rows
	Reference int   // the row that others are compared with
	Metrics   metric.Table
	Origin    Origin
	Protocol  string // how data are divided, under all data seeds
	Shown     string // which of the rows figures show, or empty: all
	Repeated  string // what means and standard deviations are over
	Missing   string // which seeds which methods lack, or empty
	Unchecked string // how many runs do not say what they depend on, or empty
	Sections  []document.Section
	Tables    []document.Grid // all that the main table does not have
}

// Row is one method's runs.
type Row struct {
	Method chart.Method
	Module string
	Hidden bool // from figures
	Runs   []Run
}

// Run is one of them: of zero-shot, one for each data seed, whose scores are zero-shot's.
type Run struct {
	Result  *metric.Result
	Spec    map[string]json.RawMessage // resolved options; nil where they are not known
	Seconds float64                    // of all rounds
}

// Seeds forms numbers over the seeds of rows, as all tables of a report do: over data seeds, of each the mean over its
// training seeds; of one data seed, over its training seeds.
type Seeds interface {
	ByData(row int, f func(*metric.Result) float64) [][]float64
	Over(row int, f func(*metric.Result) float64) (mean, sd float64)
	Paired(row, other int, f func(*metric.Result) float64) (statistics.Difference, bool)
}

// Document puts a report together.
func Document(s Source) *document.Document {
	n := newNumbers(s)
	f := n.facts()
	d := &document.Document{
		Title: f.Title(), Deck: f.Deck(), Made: s.Origin.made(),
		Findings: f.Findings(), Warnings: f.Warnings(n.known()),
		Summary: n.summary(), Main: n.grid(), Sections: s.Sections, Source: n.provenance(),
	}
	for _, r := range s.Rows {
		d.Methods = append(d.Methods, r.Method)
	}
	if len(s.Tables) > 0 {
		d.Sections = append(d.Sections[:len(d.Sections):len(d.Sections)], document.Section{
			ID: "tables", Nav: "Tables", Title: "All tables", Grids: s.Tables,
			Caption: "All else in numbers, also in CSV files beside this page.",
		})
	}
	return d
}
