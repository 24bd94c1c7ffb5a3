package figures

import (
	"fmt"
	"math"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// column is one number of scores.
type column struct {
	metric metric.Metric
	model  metric.Model
	group  int
}

func (s *Source) column(name string, model metric.Model, group int) column {
	m, _ := s.Metrics.Find(name)
	return column{m, model, group}
}

// of is the number in its unit; NaN where the round was not evaluated.
func (c column) of(scores *metric.Scores) float64 {
	if scores == nil {
		return math.NaN()
	}
	return c.metric.Unit.Times() * scores.At(c.metric, c.model, c.group)
}

// rounds are accuracies and balancedness while training goes on.
func rounds(s *Source) document.Section {
	groups := s.first().Groups
	all := s.column(metric.Headline, metric.Global, 0)
	f := chart.Figure{Name: "rounds", Across: 3}
	f.Panels = append(f.Panels, s.overRounds("All classes", "global model, %", all, true)...)
	f.Panels = append(f.Panels, s.overRounds("Personal models", "mean over the clients, %",
		s.column(metric.Headline, metric.Personal, 0), true)...)
	more := chart.Figure{Name: "rounds-more", Across: 3, Aside: true}
	for _, m := range s.Metrics {
		if m.Curve == "" || m.Scope != metric.OfModels {
			continue
		}
		if m.PerGroup {
			for g := range groups {
				more.Panels = append(more.Panels, s.overRounds(upper(m.Quantity)+", "+groups[g].Name,
					"global model"+in(m.Unit), column{m, metric.Global, g}, true)...)
			}
			continue
		}
		f.Panels = append(f.Panels, s.overRounds(upper(m.Quantity), "global model"+in(m.Unit),
			column{m, metric.Global, 0}, true)...)
		more.Panels = append(more.Panels, s.overRounds(upper(m.Quantity), "personal models"+in(m.Unit),
			column{m, metric.Personal, 0}, true)...)
	}
	shares := chart.Figure{Name: "rounds-groups", Shared: true, Across: 3}
	for g := range groups {
		title, sub := called(groups[g])
		at := s.column(metric.GroupAccuracy, metric.Global, g)
		panels := s.overRounds(title, sub, at, true)
		for i := range panels {
			panels[i].Notes = s.ends(at)
		}
		shares.Panels = append(shares.Panels, panels...)
	}
	caption := "Accuracy over the communication rounds."
	if s.Unit != "" {
		caption += fmt.Sprintf(" Line: mean; band: ± 1 standard deviation over %s.", s.Unit)
	}
	if len(shares.Panels) > 1 {
		caption += " The groups of classes share one scale."
	}
	return document.Section{
		ID: "rounds", Nav: "Rounds", Title: s.givesBack(all), Caption: sentences(caption, s.Left),
		Figures: []chart.Figure{f, shares, more},
	}
}

// in says which unit, if there is one.
func in(u metric.Unit) string {
	if u == metric.Plain {
		return ""
	}
	return ", " + string(u)
}

// overRounds is one number over the rounds, with zero-shot's as a level; none where no method has it.
func (s *Source) overRounds(title, sub string, c column, level bool) []chart.Panel {
	p := chart.Panel{Title: title, Sub: sub, X: chart.Axis{Label: "communication round"}}
	for _, m := range s.Methods {
		x, y, low, high := thin(m.curve(func(r *metric.Round) float64 { return c.of(r.Scores) }))
		if len(x) == 0 {
			continue
		}
		p.Series = append(p.Series, chart.Series{
			Method: m.Method, X: x, Y: y, Low: low, High: high, Line: true, End: fmt.Sprintf("%.1f", y[len(y)-1]),
		})
	}
	if len(p.Series) == 0 {
		return nil
	}
	zero := s.zeroOf(func(r *metric.Result) float64 { return c.of(&r.ZeroShot) })
	if level && !math.IsNaN(zero) {
		p.Levels = []chart.Level{{Y: zero, Name: zeroShot.Name, Text: fmt.Sprintf("%.1f", zero)}}
	}
	return []chart.Panel{p}
}

// ends are the differences to zero-shot after the last round, for up to four methods.
func (s *Source) ends(c column) []chart.Note {
	if len(s.Methods) > 4 {
		return nil
	}
	notes := []chart.Note{{Text: "at the end, to zero-shot"}}
	for _, m := range s.Methods {
		d, _ := m.over(func(r *Run) float64 {
			if len(r.Rounds) == 0 {
				return math.NaN()
			}
			return c.of(r.Rounds[len(r.Rounds)-1].Scores) - c.of(&r.Result.ZeroShot)
		})
		if !math.IsNaN(d) {
			notes = append(notes, chart.Note{Method: &m.Method, Text: points(d)})
		}
	}
	if len(notes) == 1 {
		return nil
	}
	return notes
}

// givesBack is a title from how far the mean curves of ours and the reference end below their highest point.
func (s *Source) givesBack(c column) string {
	const plain = "Accuracy over the rounds"
	said := ""
	for _, m := range s.told() {
		x, y, _, _ := thin(m.curve(func(r *metric.Round) float64 { return c.of(r.Scores) }))
		if len(x) < 3 {
			return plain
		}
		best := 0
		for i := range y {
			if y[i] > y[best] {
				best = i
			}
		}
		back := y[best] - y[len(y)-1]
		var this string
		switch {
		case !changed(back):
			this = "ends at its best"
		default:
			this = fmt.Sprintf("gives back %.1f points after round %.0f", back, x[best])
		}
		if said != "" {
			said += "; "
		}
		said += m.Name + " " + this
	}
	if said == "" {
		return plain
	}
	return said
}

// told are the methods that titles name: the reference and ours, or the only one.
func (s *Source) told() (some []Method) {
	for i, m := range s.Methods {
		if m.Slot == 1 || i == s.Reference || len(s.Methods) <= 2 {
			some = append(some, m)
		}
	}
	return some
}
