package documenttest

import (
	"fmt"
	"math"

	"github.com/fedpurel/fedpurel/fed/report/document"
)

func (w *world) main() document.Grid {
	g := document.Grid{
		Name: "main", Title: "Accuracy in percent",
		Caption: "Mean over the last ten rounds, ± one standard deviation over seeds.",
		Groups: []document.GridGroup{
			{Title: "Global", Columns: []document.GridColumn{
				number("All"), number("Many"), number("Medium"), number("Few"),
			}},
			{Title: "On clients", Columns: []document.GridColumn{number("Mean"), number("Worst tenth")}},
			{Title: "Personal", Columns: []document.GridColumn{
				number("Mean"), number("Worst tenth"), {Name: "ECE", Digits: 3, Smaller: true},
			}},
		},
		Against: []string{"zero-shot"},
	}
	if w.Methods > 1 {
		g.Against = append(g.Against, w.methods[1].Name)
	}
	if w.Seeds >= 2 {
		g.Interval = fmt.Sprintf("95 %% over %d data seeds", w.Seeds)
		g.Ties = "the paired interval to the best contains zero"
	}
	const columns = 9
	for i, m := range w.keys() {
		row := document.GridRow{Method: &m}
		for c := range columns {
			row.Cells = append(row.Cells, w.cell(i, c, c == columns-1))
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

func (w *world) cell(method, column int, share bool) document.GridCell {
	value := 70 + 4*float64(column%4) + 2*w.random.Float64() - 0.4*float64(method)
	if method == 0 {
		value -= 2
	}
	if share {
		value = 0.05 + 0.01*w.random.Float64()
	}
	cell := document.GridCell{Value: value, SD: math.NaN(), Best: method == 1, Tied: method == 2 && w.Seeds >= 2}
	if method == 0 && column >= 6 && !share {
		return document.GridCell{Value: math.NaN(), SD: math.NaN()}
	}
	if w.Seeds >= 2 {
		cell.SD = value / 250
	}
	for against := range min(2, w.Methods) {
		gain := 1.5 - 0.3*float64(method) - 0.7*float64(against)
		d := document.Difference{Value: gain, Low: math.NaN(), High: math.NaN()}
		if w.Seeds >= 2 {
			d.Low, d.High = d.Value-0.4, d.Value+0.4
		}
		cell.Differences = append(cell.Differences, d)
	}
	return cell
}

func number(name string) document.GridColumn { return document.GridColumn{Name: name, Digits: 1} }

// byClass is a table with a row for each class.
func (w *world) byClass() document.Grid {
	g := document.Grid{Name: "classes", Title: "Accuracy by class", Caption: "Percent, last round."}
	columns := []document.GridColumn{{Name: "Images"}, number("zero-shot")}
	for _, m := range w.methods {
		columns = append(columns, number(m.Name))
	}
	g.Groups = []document.GridGroup{{Columns: columns}}
	for _, c := range w.classes {
		row := document.GridRow{Label: c.name, Cells: []document.GridCell{
			{Value: float64(c.count), SD: math.NaN()}, {Value: c.zero, SD: math.NaN()},
		}}
		for _, v := range c.global {
			row.Cells = append(row.Cells, document.GridCell{Value: v, SD: math.NaN()})
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// settings is a table of words.
func (w *world) settings() document.Grid {
	g := document.Grid{Name: "settings", Title: "Settings", Groups: []document.GridGroup{{
		Columns: []document.GridColumn{
			{Name: "Module", Words: true}, {Name: "Exchange, MB", Digits: 2, Smaller: true},
			{Name: "Loss", Words: true},
		},
	}}}
	for i, m := range w.methods {
		g.Rows = append(g.Rows, document.GridRow{Method: &m, Cells: []document.GridCell{
			{Text: "low-rank adapter, 4", Value: math.NaN(), SD: math.NaN()},
			{Value: 12.25 + float64(i), SD: math.NaN()},
			{Text: w.word("cross entropy, logits adjusted"), Value: math.NaN(), SD: math.NaN()},
		}})
	}
	return g
}
