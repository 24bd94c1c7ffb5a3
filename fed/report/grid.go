package report

import (
	"math"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// grid is the table as documents have it, its numbers in the units in which they are shown. Rows called as a method are
// that method's.
func (t Table) grid(methods []chart.Method) document.Grid {
	called := map[string]*chart.Method{}
	for i := range methods {
		called[methods[i].Name] = &methods[i]
	}
	g := document.Grid{Name: t.Name, Title: t.Title, Caption: t.Note}
	var columns []document.GridColumn
	for i, c := range t.Columns {
		columns = append(columns, t.gridColumn(i, c))
	}
	g.Groups = []document.GridGroup{{Columns: columns}}
	for _, r := range t.Rows {
		row := document.GridRow{Method: called[r.Label]}
		if row.Method == nil {
			row.Label = r.Label
		}
		for i, c := range r.Cells {
			times := 1.0
			if t.Columns[i].Percent {
				times = 100
			}
			cell := document.GridCell{Value: times * c.Mean, SD: times * c.SD, Best: c.Strong, Text: c.Text}
			if columns[i].Words {
				cell.Text = t.text(r, i)
			}
			row.Cells = append(row.Cells, cell)
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// gridColumn is a column in which all cells have as many digits: one of shares, and of others as many as the largest
// number needs for three.
func (t Table) gridColumn(i int, c Column) document.GridColumn {
	column := document.GridColumn{Name: c.Name, Digits: 1, Words: c.Words}
	largest, whole := 0.0, true
	for _, r := range t.Rows {
		cell := r.Cells[i]
		column.Words = column.Words || cell.Text != ""
		if v := math.Abs(cell.Mean); v > largest && !math.IsInf(v, 0) {
			largest = v
		}
		whole = whole && (math.IsNaN(cell.Mean) || cell.Mean == math.Trunc(cell.Mean))
	}
	switch {
	case c.Percent:
	case whole:
		column.Digits = 0
	case largest > 0:
		column.Digits = min(max(2-int(math.Floor(math.Log10(largest))), 0), 6)
	}
	return column
}
