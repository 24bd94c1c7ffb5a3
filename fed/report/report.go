package report

import (
	"fmt"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// PageFile is the report as one self-contained page.
const PageFile = "report.html"

// Report is everything that is written about some runs.
type Report struct {
	Summary Table
	Tables  []Table // Summary included
	Figures []Figure
	// Document is all of it as data, for pages and other layouts.
	Document *document.Document

	compared *comparison
}

// Values is the summary for programs, and how the methods compare.
func (r *Report) Values() any {
	values := r.Summary.Values()
	values["comparison"] = r.compared.values()
	return values
}

// New makes the report of finished runs, which must share data, partition and constants. It shows the given metrics.
func New(runs []Run, metrics metric.Table) (*Report, error) { return Against("", runs, metrics) }

// Against is New with the method, by its name, label or title, that others are compared with: by default FedAvg, or
// else zero-shot.
func Against(reference string, runs []Run, metrics metric.Table) (*Report, error) {
	return With(Options{Reference: reference}, runs, metrics)
}

// Options are what a report is told beside its runs.
type Options struct {
	Reference string // as in Against
	Album     Album  // pictures of the runs' test images
}

// With is New with options.
func With(o Options, runs []Run, metrics metric.Table) (*Report, error) {
	if err := metrics.Check(); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	groups, err := groupRuns(runs)
	if err != nil {
		return nil, err
	}
	summary, err := Summary(runs, false, metrics)
	if err != nil {
		return nil, err
	}
	last, err := Summary(runs, true, metrics)
	if err != nil {
		return nil, err
	}
	c, err := compare(groups, metrics, o.Reference)
	if err != nil {
		return nil, err
	}
	tables := []Table{
		summary, c.table(), c.differences(), methods(groups), last, classTable(groups), clientTable(groups),
		unseen(groups), unseenClients(groups),
		divergences(groups, metrics), calibration(groups), contributions(groups), diagnosis(groups),
		best(groups, metrics), release(groups, metrics),
	}
	r := &Report{Summary: summary, compared: c}
	for _, t := range tables {
		if len(t.Rows) > 0 && len(t.Columns) > 0 {
			r.Tables = append(r.Tables, t)
		}
	}
	sections, err := c.evidence(metrics, o.Album)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	r.Document = c.document(metrics, r.Tables, sections)
	r.Figures, err = drawAll(runs, groups, metrics)
	return r, err
}

// WithZeroShot pairs a run with the zero-shot result that it contains, so that a table can show both.
func WithZeroShot(run Run) []Run {
	if run.Result.Method == "zeroshot" {
		return []Run{run}
	}
	zero := run
	zero.Rounds = nil
	zero.Result.Method, zero.Result.Title, zero.Result.Label, zero.Result.Rounds = "zeroshot", "", "", 0
	zero.Result.Last, zero.Result.LastTen = run.Result.ZeroShot, run.Result.ZeroShot
	return []Run{zero, run}
}
