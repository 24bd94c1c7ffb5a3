package documenttest

import (
	"fmt"
	"math"

	"github.com/fedpurel/fedpurel/fed/report/chart"
)

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
func (w *world) perClass() chart.Figure {
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
		for c, one := range w.classes {
			p.Names, p.Counts = append(p.Names, one.name), append(p.Counts, float64(one.count))
			p.Classes = append(p.Classes, c)
		}
		return p
	}
	return chart.Figure{
		Name: "classes", Caption: "Points, by class.", Across: 1, Shared: true, Panels: []chart.Panel{
			panel("Global", func(c class) []float64 { return c.global }),
			panel("Personal", func(c class) []float64 { return c.personal }),
		},
	}
}
