package figures

import (
	"fmt"
	"math"
	"slices"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// training is what the rounds observed: gradients, parameters, predictions.
func training(s *Source) document.Section {
	observed, stretch := chart.Figure{Name: "training", Across: 3}, 1
	more := chart.Figure{Name: "training-more", Across: 3, Aside: true}
	add := func(to *chart.Figure, title, sub, name string, levels ...chart.Level) {
		p := chart.Panel{Title: title, Sub: sub, X: chart.Axis{Label: "communication round"}, Levels: levels}
		for _, m := range s.Methods {
			x, y, low, high, of := m.smoothed(diagnosed(name))
			if len(x) > 0 {
				stretch = max(stretch, of)
				p.Series = append(p.Series, chart.Series{
					Method: m.Method, X: x, Y: y, Low: low, High: high, Line: true, End: digits(y[len(y)-1]),
				})
			}
		}
		if len(p.Series) > 0 {
			to.Panels = append(to.Panels, p)
		}
	}
	add(&observed, "Angle of the gradients", "task and alignment, degrees", "angle",
		chart.Level{Y: 90, Name: "at right angles"})
	add(&observed, "Drift of the clients", "from where the round began", "drift")
	add(&more, "Clients from their average", "after the round", "drift_new")
	for _, m := range s.Metrics {
		if m.Scope != metric.FromZeroShot || m.Curve == "" && m.Name != metric.TKL {
			continue
		}
		for _, p := range s.overRounds(distance(m), m.Headings[metric.Global]+in(m.Unit),
			column{m, metric.Global, 0}, false) {
			for i := range p.Series {
				p.Series[i].End = digits(p.Series[i].Y[len(p.Series[i].Y)-1])
			}
			p.Levels = []chart.Level{{Name: zeroShot.Name}}
			observed.Panels = append(observed.Panels, p)
		}
	}
	means := ""
	if stretch > 1 {
		means = fmt.Sprintf("Gradients and clients: means of %d rounds.", stretch)
	}
	return document.Section{
		ID: "training", Nav: "Training", Title: "What training did",
		Caption: sentences("Above 90° a client’s task gradient works against what zero-shot knew; FedPuReL removes "+
			"that part. Angles are before purification; drift is ‖φ_k − φ_g‖.", means, s.Left),
		Figures: []chart.Figure{observed, s.paths(), more, s.contribution()},
	}
}

// distance is the title of a panel of a metric of how far predictions moved.
func distance(m metric.Metric) string {
	if m.Name == metric.TKL {
		return "Distance from zero-shot"
	}
	return upper(m.Quantity)
}

// diagnosed reads a diagnostic of a round.
func diagnosed(name string) func(*metric.Round) float64 {
	return func(r *metric.Round) float64 {
		if v, ok := r.Diagnosis[name]; ok {
			return v
		}
		return math.NaN()
	}
}

// digits shows a number that is no share in two digits, or all before the point.
func digits(v float64) string {
	if math.Abs(v) >= 10 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.2g", v)
}

// paths show the divergence from zero-shot beside what it does to the predictions.
func (s *Source) paths() chart.Figure {
	f := chart.Figure{
		Name: "paths", Across: 3, Title: "How far predictions moved, and what came of it",
		Caption: "To the right: temperature-aligned KL of the global model from zero-shot, in nats; a path over the " +
			"rounds, its end marked (as the paper’s Fig. 2).",
	}
	x := s.column(metric.TKL, metric.Global, 0)
	groups := s.first().Groups
	head, _ := called(groups[0])
	tail, _ := called(groups[s.few()])
	for _, of := range []struct {
		title string
		y     column
	}{
		{"Balancedness", s.column(metric.Balancedness, metric.Global, 0)},
		{head, s.column(metric.GroupAccuracy, metric.Global, 0)},
		{tail, s.column(metric.GroupAccuracy, metric.Global, s.few())},
	} {
		p := chart.Panel{Title: of.title, Sub: "global model, %", X: chart.Axis{Label: "TKL, nats"}}
		for _, m := range s.Methods {
			both := func(c column) []float64 {
				_, v, _, _ := thin(m.curve(func(r *metric.Round) float64 {
					if r.Scores == nil || math.IsNaN(x.of(r.Scores)) || math.IsNaN(of.y.of(r.Scores)) {
						return math.NaN()
					}
					return c.of(r.Scores)
				}))
				return v
			}
			if xs, ys := both(x), both(of.y); len(xs) > 1 {
				p.Series = append(p.Series, chart.Series{
					Method: m.Method, X: xs, Y: ys, Line: true, End: fmt.Sprintf("%.1f", ys[len(ys)-1]),
				})
			}
		}
		if len(p.Series) > 0 {
			f.Panels = append(f.Panels, p)
		}
	}
	return f
}

// contribution is who decides right personal predictions, class by class.
func (s *Source) contribution() chart.Figure {
	methods, say := s.sameClasses()
	methods = slices.DeleteFunc(slices.Clone(methods), func(m Method) bool {
		return !slices.ContainsFunc(m.Runs, func(r Run) bool { return len(r.Result.Contribution) > 0 })
	})
	methods, only := s.drawn(methods)
	if only == s.Left { // which the section says
		only = ""
	}
	f := chart.Figure{
		Name: "contribution", Across: 2, Shared: true, Aside: true, Title: "Who decides right personal predictions",
		Caption: sentences("Share of them that the global branch decided, in percent (as the paper’s Fig. 5).", say,
			only),
	}
	for _, of := range []struct {
		title string
		won   func(metric.Contribution) int64
	}{
		{"By logit", func(c metric.Contribution) int64 { return c.GlobalRaw }},
		{"By margin", func(c metric.Contribution) int64 { return c.GlobalMargin }},
	} {
		p := chart.Panel{
			Title: of.title, Sub: "global branch, %", X: chart.Axis{Label: "classes, from many to few training images"},
		}
		for _, m := range methods {
			order := byCount(m.Runs[0].Result.TrainCounts)
			p.Names = names(m.Runs[0].Result, order)
			line := chart.Series{Method: m.Method}
			for i, c := range order {
				var right, won int64
				for _, r := range m.Runs {
					if len(r.Result.Contribution) == len(order) {
						right += r.Result.Contribution[c].Right
						won += of.won(r.Result.Contribution[c])
					}
				}
				if right > 0 {
					line.X = append(line.X, float64(i))
					line.Y = append(line.Y, 100*float64(won)/float64(right))
				}
			}
			if len(line.X) > 0 {
				p.Series = append(p.Series, line)
			}
		}
		if len(p.Series) > 0 {
			f.Panels = append(f.Panels, p)
		}
	}
	return f
}
