package documenttest

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/fed/report/chart"
)

// heats is a table for each group of classes.
func (w *world) heats() (all []chart.Heat) {
	var columns []chart.HeatColumn
	for _, model := range []string{"global", "personal"} {
		for _, m := range w.methods {
			columns = append(columns, chart.HeatColumn{Method: m, Model: model})
		}
	}
	third := (len(w.classes) + 2) / 3
	for g, title := range groups[1:4] {
		h := chart.Heat{Title: title, Sub: "percent; colour is the difference to zero-shot", Columns: columns}
		for c := g * third; c < min(len(w.classes), (g+1)*third); c++ {
			one := w.classes[c]
			row := chart.HeatRow{Class: c, Name: one.name, Count: one.count, Zero: one.zero}
			row.Values = slices.Concat(one.global, one.personal)
			if c%7 == 3 {
				row.Values[len(row.Values)-1] = math.NaN()
			}
			h.Rows = append(h.Rows, row)
		}
		all = append(all, h)
	}
	return all
}

// confusion is pairs of classes that are taken for each other, zero-shot's number as an upright mark.
func (w *world) confusion() chart.Figure {
	rows := chart.Rows{Title: "Mistakes", Sub: "test images", X: chart.Axis{Label: "images"}}
	for i := range min(8, w.Classes-1) {
		from := 10 + 3*float64(8-i)
		row := chart.Row{
			Name: w.classes[i].name + " → " + w.classes[i+1].name, Sub: fmt.Sprintf("%d images", 100-i), From: &from,
		}
		for k, m := range w.methods {
			row.Marks = append(row.Marks, w.mark(m, max(0, from-4+float64(k)+2*w.random.NormFloat64()), 1))
		}
		rows.Lines = append(rows.Lines, row)
	}
	return chart.Figure{
		Name: "mistakes", Title: "What changed most", Caption: "Test images.", Across: 1, Rows: []chart.Rows{rows},
	}
}

func (w *world) reliability() chart.Figure {
	f := chart.Figure{Name: "reliability", Title: "Reliability", Caption: "Shares.", Shared: true, Across: 2}
	for _, title := range []string{"Global", "Personal"} {
		p := chart.Panel{
			Title: title, Square: true, Diagonal: "below: too sure",
			X: chart.Axis{Label: "probability", Low: 0, High: 1},
			Y: chart.Axis{Label: "share correct", Low: 0, High: 1},
		}
		for i, m := range w.keys() {
			s := chart.Series{Method: m, Line: true, Marks: true}
			for b := range 10 {
				x := (float64(b) + 0.5) / 10
				s.X, s.Size = append(s.X, x), append(s.Size, math.Pow(float64(b+1), 2))
				s.Y = append(s.Y, min(1, max(0, x-0.03*float64(i)*x+0.02*w.random.NormFloat64())))
			}
			p.Series = append(p.Series, s)
			p.Notes = append(p.Notes, chart.Note{
				Method: &m, Text: fmt.Sprintf("%s, error %.3f", strings.TrimSpace(m.Name), 0.02*float64(i+1)),
			})
		}
		f.Panels = append(f.Panels, p)
	}
	return f
}

func (w *world) clients() chart.Figure {
	f := chart.Figure{
		Name: "clients", Title: "Clients", Caption: "Points over training images.", Shared: true, Across: 2,
	}
	for _, title := range []string{"Global", "Personal"} {
		p := chart.Panel{
			Title: title,
			X:     chart.Axis{Label: "training images", Log: true}, Y: chart.Axis{Label: "points", Signed: true},
			Below: "lose", Notes: []chart.Note{{Text: "27 of 30 gain"}},
		}
		for k, m := range w.methods {
			s := chart.Series{Method: m}
			for range w.Clients {
				s.X = append(s.X, math.Round(20+400*math.Pow(w.random.Float64(), 2)))
				s.Y = append(s.Y, 3-float64(k)+3*w.random.NormFloat64())
			}
			p.Series = append(p.Series, s)
		}
		for k := range w.Clients {
			p.Names = append(p.Names, w.name(k, fmt.Sprintf("client %d", k+1)))
		}
		f.Panels = append(f.Panels, p)
	}
	return f
}
