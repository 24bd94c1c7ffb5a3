package report

import (
	"math"
	"testing"

	"github.com/fedpurel/fedpurel/fed/report/chart"
)

// A table becomes a grid without losing anything: numbers in shown units, words, marks, and whose the rows are.
func TestGridOfTable(t *testing.T) {
	nan := math.NaN()
	table := Table{
		Name: "n", Title: "T", Note: "why",
		Columns: []Column{
			{Name: "share", Percent: true}, {Name: "count"}, {Name: "nats"}, {Name: "is", Words: true},
			{Name: "Δ", Percent: true},
		},
		Rows: []Row{
			{"FedAvg", []Cell{
				{Mean: 0.5, SD: 0.01, Strong: true}, {Mean: 40, SD: nan}, {Mean: 0.0123, SD: 0.001}, {Text: "exact"},
				{Mean: -0.1, SD: nan, Text: "−10.0 [−11.0, −9.0] *"},
			}},
			{"FedAvg, personal", []Cell{
				{Mean: nan, SD: nan}, {Mean: 7, SD: nan}, {Mean: nan, SD: nan}, {Text: "–"}, {Mean: 0.2, SD: nan},
			}},
		},
	}
	g := table.grid([]chart.Method{{ID: "zero-shot", Name: "zero-shot"}, {ID: "fedavg", Name: "FedAvg", Slot: 2}})
	if g.Name != "n" || g.Title != "T" || g.Caption != "why" || len(g.Groups) != 1 {
		t.Errorf("%+v", g)
	}
	columns := g.Groups[0].Columns
	for i, want := range []struct {
		digits int
		words  bool
	}{{1, false}, {0, false}, {4, false}, {1, true}, {1, true}} {
		if c := columns[i]; c.Words != want.words || !c.Words && c.Digits != want.digits {
			t.Errorf("column %d is %+v, want %+v", i, c, want)
		}
	}
	first, second := g.Rows[0], g.Rows[1]
	if first.Method == nil || first.Method.Slot != 2 || first.Label != "" || second.Method != nil ||
		second.Label != "FedAvg, personal" {
		t.Errorf("rows are called %+v and %+v", first, second)
	}
	if c := first.Cells[0]; c.Value != 50 || c.SD != 1 || !c.Best {
		t.Errorf("share %+v", c)
	}
	if c := first.Cells[4]; c.Text != "−10.0 [−11.0, −9.0] *" || c.Value != -10 {
		t.Errorf("difference %+v", c)
	}
	if c := second.Cells[0]; !math.IsNaN(c.Value) || c.Text != "" {
		t.Errorf("nothing is %+v", c)
	}
	if c := second.Cells[4]; c.Text != "20.0" {
		t.Errorf("a number among words is %+v", c)
	}
}
