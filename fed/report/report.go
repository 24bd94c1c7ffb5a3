package report

import (
	"fmt"
	"io"
	"math"
	"path/filepath"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/durable"
)

// PageFile is the report as one self-contained page.
const PageFile = "report.html"

// Report is everything that is written about some runs.
type Report struct {
	Summary Table
	Tables  []Table // Summary included
	Figures []Figure
}

// New makes the report of finished runs, which must share data, partition and constants. It shows the given metrics.
func New(runs []Run, metrics metric.Table) (*Report, error) {
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
	tables := []Table{
		summary, last, classTable(groups), clientTable(groups), unseen(groups), unseenClients(groups),
		divergences(groups, metrics), calibration(groups), contributions(groups), diagnosis(groups),
		best(groups, metrics), release(groups, metrics),
	}
	r := &Report{Summary: summary}
	for _, t := range tables {
		if len(t.Rows) > 0 && len(t.Columns) > 0 {
			r.Tables = append(r.Tables, t)
		}
	}
	r.Figures, err = drawAll(runs, groups, metrics)
	return r, err
}

// Write stores report.md, report.html, a CSV file per table and an SVG file per figure in dir, which is made if needed.
func (r *Report) Write(dir string) error {
	release, err := durable.Enter(dir)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	defer release()
	write := func(name string, f func(io.Writer) error) error {
		if err := durable.WriteFile(filepath.Join(dir, name), f); err != nil {
			return fmt.Errorf("report: %w", err)
		}
		return nil
	}
	for _, t := range r.Tables {
		if err := write(t.Name+".csv", t.CSV); err != nil {
			return err
		}
	}
	for _, f := range r.Figures {
		if err := write(f.Name+".svg", func(w io.Writer) error { _, err := w.Write(f.SVG); return err }); err != nil {
			return err
		}
	}
	if err := write("report.md", r.markdown); err != nil {
		return err
	}
	return write(PageFile, r.page)
}

// WithZeroShot pairs a run with the zero-shot result that it contains, so that a table can show both.
func WithZeroShot(run Run) []Run {
	if run.Result.Method == "zeroshot" {
		return []Run{run}
	}
	zero := run
	zero.Rounds = nil
	zero.Result.Method, zero.Result.Title, zero.Result.Rounds = "zeroshot", "", 0
	zero.Result.Last, zero.Result.LastTen = run.Result.ZeroShot, run.Result.ZeroShot
	return []Run{zero, run}
}

// classTable is every class's accuracy, sorted by training count.
func classTable(groups []group) Table {
	first := groups[0].runs[0].Result
	t := Table{
		Name: "per-class", Title: "Accuracy of every class in percent, " + metric.LastTitle,
		Columns: []Column{{"training images", false}, {"zero-shot", true}},
	}
	named := several(groups)
	for _, g := range trained(groups) {
		t.Columns = append(t.Columns, Column{g.title(named), true}, Column{g.title(named) + " personal", true})
	}
	for _, c := range byCount(first.TrainCounts) {
		row := Row{Label: first.Classes[c], Cells: []Cell{
			{float64(first.TrainCounts[c]), math.NaN(), 1},
			{first.PerClass["zero_shot"].Accuracies()[c], math.NaN(), 1},
		}}
		for _, g := range trained(groups) {
			for _, kind := range []string{"global", "personal"} {
				row.Cells = append(row.Cells, g.over(func(r *metric.Result) float64 {
					return r.PerClass[kind].Accuracies()[c]
				}))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// clientTable is every client's data and accuracies.
func clientTable(groups []group) Table {
	first := groups[0].runs[0].Result
	t := clientColumns(groups, Table{
		Name: "clients", Title: "Clients: data, and accuracy on their own test images in percent, " + metric.LastTitle,
	})
	for k, client := range first.Clients {
		name := first.ClientName(k)
		of := func(r *metric.Result) metric.Client { return r.Clients[k] }
		t.Rows = append(t.Rows, clientRow(groups, name, client, of))
	}
	return t
}

// clientColumns gives a table of clients its columns.
func clientColumns(groups []group, t Table) Table {
	t.Columns = []Column{{"training images", false}, {"test images", false}, {"zero-shot", true}}
	named := several(groups)
	for _, g := range trained(groups) {
		name := g.title(named)
		t.Columns = append(t.Columns, Column{name + " global", true}, Column{name + " personal", true})
	}
	return t
}

// clientRow is a client's row: its data, and how every method does on it, as a run's result has it.
func clientRow(groups []group, name string, c metric.Client, of func(*metric.Result) metric.Client) Row {
	row := Row{Label: name, Cells: []Cell{
		{float64(c.Train), math.NaN(), 1}, {float64(c.Test), math.NaN(), 1}, {float64(c.ZeroShot), math.NaN(), 1},
	}}
	for _, g := range trained(groups) {
		row.Cells = append(row.Cells,
			g.over(func(r *metric.Result) float64 { return float64(of(r).Global) }),
			g.over(func(r *metric.Result) float64 { return float64(of(r).Personal) }))
	}
	return row
}
