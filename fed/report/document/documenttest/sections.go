package documenttest

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

func (w *world) sections() []document.Section {
	return []document.Section{
		{
			ID: "rounds", Nav: "Rounds", Title: w.word("Accuracy rises until round 35"),
			Figures: []chart.Figure{w.rounds()},
			Caption: "Percent correct over rounds; bands are ± 1 standard deviation over seeds.",
		},
		{
			ID: "training", Nav: "Training", Title: "What training did", Figures: []chart.Figure{w.diagnostics()},
			Caption: "Means over the clients of a round.", Grids: []document.Grid{w.settings()},
		},
		{
			ID: "classes", Nav: "Classes", Title: "The tail gains, the head keeps", Figures: w.perClass(),
			Caption: "Accuracy minus zero-shot's by class, most training images first.",
			Heats:   []chart.Heat{w.heat()}, Grids: []document.Grid{w.byClass()},
		},
		{
			ID: "mistakes", Nav: "Mistakes", Title: "What is taken for what",
			Figures: []chart.Figure{w.confusion(), w.matrix()},
			Caption: "Test images of one class taken for another: zero-shot, then each method.",
		},
		{
			ID: "calibration", Nav: "Calibration", Title: "How far probabilities can be believed",
			Figures: []chart.Figure{w.reliability()}, Caption: "Share correct over the probability given, in ten bins.",
		},
		{
			ID: "clients", Nav: "Clients", Title: "27 of 30 clients gain", Figures: []chart.Figure{w.clients()},
			Caption: "Each mark is one client: points above zero-shot over its training images.",
		},
		{ID: "pictures", Nav: "Pictures", Title: "Pictures", Pictures: w.pictures()},
	}
}

// rounds is six panels of accuracy over rounds.
func (w *world) rounds() chart.Figure {
	f := chart.Figure{
		Name: "rounds", Title: "Accuracy over rounds", Caption: "Percent, over rounds.", Shared: true, Across: 3,
	}
	for p, title := range groups {
		base := 68 + 3*float64(p%4)
		panel := chart.Panel{
			Title: title, Sub: fmt.Sprintf("%d classes", w.Classes),
			X: chart.Axis{Label: "round"}, Y: chart.Axis{Label: "%", Low: 0, High: 100},
			Levels: []chart.Level{{Y: base, Name: "zero-shot", Text: fmt.Sprintf("%.1f", base)}},
		}
		for i, m := range w.methods {
			s := w.line(m, func(t float64) float64 {
				return base + (5-0.8*float64(i))*(1-math.Exp(-6*t)) - float64(i)*t*t
			}, 0.5)
			s.End = fmt.Sprintf("%.1f", s.Y[len(s.Y)-1])
			s.Means = []chart.Mean{{From: 0.9 * float64(w.Rounds), To: float64(w.Rounds), Y: s.Y[len(s.Y)-1]}}
			panel.Series = append(panel.Series, s)
		}
		f.Panels = append(f.Panels, panel)
	}
	return f
}

// line is a method's curve over rounds with a band, where there are seeds.
func (w *world) line(m chart.Method, at func(t float64) float64, noise float64) chart.Series {
	s := chart.Series{Method: m, Line: true}
	for r := 1; r <= w.Rounds; r++ {
		y := at(float64(r)/float64(w.Rounds)) + noise*w.random.NormFloat64()
		s.X, s.Y = append(s.X, float64(r)), append(s.Y, y)
		if w.Seeds >= 2 {
			s.Low, s.High = append(s.Low, y-2*noise), append(s.High, y+2*noise)
		}
	}
	return s
}

// diagnostics is the angle, the drift and the alignment loss, the last on a logarithmic axis.
func (w *world) diagnostics() chart.Figure {
	f := chart.Figure{Name: "training", Title: "Gradients and drift", Caption: "Degrees, norm, nats.", Across: 3}
	round := chart.Axis{Label: "round"}
	angle := chart.Panel{
		Title: "Angle to zero-shot's gradient",
		X:     round, Y: chart.Axis{Label: "°", Low: 0, High: 180},
		Levels: []chart.Level{{Y: 90, Name: "right angle", Text: "90°"}},
	}
	drift := chart.Panel{Title: "Drift of clients", X: round, Y: chart.Axis{Label: "norm"}}
	align := chart.Panel{Title: "Alignment", Sub: "TKL", X: round, Y: chart.Axis{Label: "nats", Log: true}}
	for i, m := range w.methods {
		k := float64(i + 1)
		angle.Series = append(angle.Series, w.line(m, func(t float64) float64 { return 75 + 3*k + 20*t }, 0.6))
		drift.Series = append(drift.Series, w.line(m, func(t float64) float64 { return 0.2 + 0.1*k*(1-t) }, 0.004))
		fall := func(t float64) float64 { return k * math.Pow(10, -1-2*t) }
		align.Series = append(align.Series, w.line(m, fall, 0.00001))
	}
	for i := range align.Series {
		for j := range align.Series[i].Low {
			align.Series[i].Low[j] = align.Series[i].Y[j] * 0.9
			align.Series[i].High[j] = align.Series[i].Y[j] * 1.1
		}
	}
	f.Panels = []chart.Panel{angle, drift, align}
	return f
}

// perClass is a panel of differences to zero-shot for global and for personal models.
func (w *world) perClass() []chart.Figure {
	few, many := w.Classes*2/3, w.Classes/3
	panel := func(title string, of func(class) []float64) chart.Panel {
		p := chart.Panel{
			Title: title, X: chart.Axis{Label: "class, most training images first"},
			Y:     chart.Axis{Label: "points", Signed: true},
			Below: "worse than zero-shot", CountLabel: "training images",
			Regions: []chart.Region{
				{From: -0.5, To: float64(many) - 0.5, Name: "many-shot", Sub: "over 100 images"},
				{From: float64(many) - 0.5, To: float64(few) - 0.5, Name: "medium-shot", Sub: "20 to 100"},
				{From: float64(few) - 0.5, To: float64(w.Classes) - 0.5, Name: "few-shot", Sub: "under 20"},
			},
		}
		for i, m := range w.methods {
			s := chart.Series{Method: m}
			for c, one := range w.classes {
				y := of(one)[i] - one.zero
				s.X, s.Y = append(s.X, float64(c)), append(s.Y, y)
				if w.Seeds >= 2 && w.Methods <= 2 {
					s.Low, s.High = append(s.Low, y-1), append(s.High, y+1)
				}
			}
			s.Means = []chart.Mean{
				{From: -0.5, To: float64(many) - 0.5, Y: 1 - 0.2*float64(i)},
				{From: float64(few) - 0.5, To: float64(w.Classes) - 0.5, Y: 2},
			}
			p.Series = append(p.Series, s)
		}
		for _, one := range w.classes {
			p.Names, p.Counts = append(p.Names, one.name), append(p.Counts, float64(one.count))
		}
		return p
	}
	return []chart.Figure{
		{
			Name: "classes", Title: "Global model against zero-shot",
			Caption: "Points, by class.", Across: 1,
			Panels: []chart.Panel{panel("Global", func(c class) []float64 { return c.global })},
		},
		{
			Name: "classes-personal", Title: "Personal models against zero-shot",
			Caption: "Points, by class.", Across: 1,
			Panels: []chart.Panel{panel("Personal", func(c class) []float64 { return c.personal })},
		},
	}
}

func (w *world) heat() chart.Heat {
	h := chart.Heat{Title: "Every class", Sub: "percent; colour is the difference to zero-shot"}
	for _, model := range []string{"global", "personal"} {
		for _, m := range w.methods {
			h.Columns = append(h.Columns, chart.HeatColumn{Method: m, Model: model})
		}
	}
	for c, one := range w.classes {
		row := chart.HeatRow{Class: c, Name: one.name, Count: one.count, Zero: one.zero}
		row.Values = slices.Concat(one.global, one.personal)
		if c%7 == 3 {
			row.Values[len(row.Values)-1] = math.NaN()
		}
		h.Rows = append(h.Rows, row)
	}
	return h
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

// matrix is marks whose area is a number, with a mark's name for each of them.
func (w *world) matrix() chart.Figure {
	n := min(10, w.Classes)
	p := chart.Panel{Title: "Confusion", X: chart.Axis{Label: "taken for"}, Y: chart.Axis{Label: "is"}, Square: true}
	s := chart.Series{Method: w.methods[0]}
	for i := range n {
		for j := range n {
			s.X, s.Y = append(s.X, float64(i)), append(s.Y, float64(j))
			s.Size = append(s.Size, 1+math.Abs(w.random.NormFloat64()))
			p.Names = append(p.Names, w.classes[i].name+" for "+w.classes[j].name)
		}
	}
	p.Series = []chart.Series{s}
	return chart.Figure{
		Name: "confusion", Title: "Confusion", Caption: "Images, by area.", Across: 2, Panels: []chart.Panel{p},
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
