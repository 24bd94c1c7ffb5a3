package documenttest_test

import (
	"fmt"
	"testing"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document/documenttest"
)

// TestNew holds what the types of a report promise: lengths that agree, a cell for every column, equal reports for
// equal shapes.
func TestNew(t *testing.T) {
	for _, s := range []documenttest.Shape{
		{Methods: 1, Classes: 10, Seeds: 1},
		{Methods: 3, Classes: 48, Seeds: 5, Pictures: true},
		{Methods: 12, Classes: 1000, Seeds: 5, Hostile: true, Pictures: true},
	} {
		d := documenttest.New(s)
		if fmt.Sprint(d.Sections[0].Figures) != fmt.Sprint(documenttest.New(s).Sections[0].Figures) {
			t.Errorf("%+v: two reports differ", s)
		}
		if len(d.Methods) != s.Methods+1 || len(d.Main.Rows) != s.Methods+1 {
			t.Errorf("%+v: %d methods, %d rows", s, len(d.Methods), len(d.Main.Rows))
		}
		for _, section := range d.Sections {
			for _, f := range section.Figures {
				checkFigure(t, f)
			}
			for _, g := range append(section.Grids, d.Main) {
				columns := 0
				for _, group := range g.Groups {
					columns += len(group.Columns)
				}
				for _, row := range g.Rows {
					if len(row.Cells) != columns {
						t.Errorf("%+v: %s has %d cells in %d columns", s, g.Name, len(row.Cells), columns)
					}
				}
			}
		}
	}
}

func checkFigure(t *testing.T, f chart.Figure) {
	t.Helper()
	for _, p := range f.Panels {
		for _, s := range p.Series {
			n := len(s.X)
			for _, other := range [][]float64{s.Y, s.Low, s.High, s.Size} {
				if len(other) != n && len(other) != 0 {
					t.Errorf("%s, %s: a series of %d and %d", f.Name, p.Title, n, len(other))
				}
			}
		}
		if len(p.Counts) != 0 && len(p.Counts) != len(p.Names) {
			t.Errorf("%s, %s: %d counts of %d names", f.Name, p.Title, len(p.Counts), len(p.Names))
		}
	}
}
