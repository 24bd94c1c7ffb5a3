package watch

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/chart"
)

// quantity is one number of a round, in the unit in which it is shown.
type quantity struct {
	name  string
	axis  chart.Axis
	shown string // how a value is written
	level *chart.Level
	of    func(*metric.Round) float64  // NaN where there is none
	zero  func(*metric.Scores) float64 // nil: zero-shot has none
}

// accuracies are the panels of the first figure and the columns of the table.
var accuracies = []quantity{
	accuracy("global", func(s *metric.Scores) float64 { return s.Global.Value(metric.Accuracy) }),
	accuracy("many-shot", func(s *metric.Scores) float64 { return s.Global.Group(metric.GroupAccuracy, 0) }),
	accuracy("medium-shot", func(s *metric.Scores) float64 { return s.Global.Group(metric.GroupAccuracy, 1) }),
	accuracy("few-shot", func(s *metric.Scores) float64 { return s.Global.Group(metric.GroupAccuracy, 2) }),
	accuracy("global on clients", func(s *metric.Scores) float64 { return s.OnLocal.Value(metric.Accuracy) }),
	accuracy("personal", func(s *metric.Scores) float64 { return s.Personal.Value(metric.Accuracy) }),
}

// diagnoses are the panels of the second.
var diagnoses = []quantity{
	diagnosis("loss_task", "loss of the task", "nats", nil),
	diagnosis("angle", "angle to zero-shot's gradient", "°", &chart.Level{Y: 90, Name: "right angle"}),
	diagnosis("drift", "drift of clients", "norm", nil),
}

func accuracy(name string, of func(*metric.Scores) float64) quantity {
	percent := func(s *metric.Scores) float64 { return 100 * of(s) }
	return quantity{
		name: name, axis: chart.Axis{Label: "%", Low: 0, High: 100}, shown: "%.1f", zero: percent,
		of: func(rec *metric.Round) float64 {
			if rec.Scores == nil {
				return math.NaN()
			}
			return percent(rec.Scores)
		},
	}
}

func diagnosis(key, name, unit string, level *chart.Level) quantity {
	return quantity{
		name: name, axis: chart.Axis{Label: unit}, shown: "%.3g", level: level, of: func(rec *metric.Round) float64 {
			if value, ok := rec.Diagnosis[key]; ok {
				return value
			}
			return math.NaN()
		},
	}
}

// figure is a panel for every quantity that some run has.
func figure(f chart.Figure, of []quantity, groups []*group, methods []chart.Method, zero *metric.Scores) chart.Figure {
	for _, q := range of {
		p := chart.Panel{Title: q.name, X: chart.Axis{Label: "round"}, Y: q.axis}
		for i, g := range groups {
			if line := g.line(q, methods[i]); len(line.X) > 0 {
				p.Series = append(p.Series, line)
			}
		}
		if q.level != nil {
			p.Levels = append(p.Levels, *q.level)
		}
		if zero != nil && q.zero != nil {
			if y := q.zero(zero); !math.IsNaN(y) {
				p.Levels = append(p.Levels, chart.Level{Y: y, Name: "zero-shot", Text: fmt.Sprintf(q.shown, y)})
			}
		}
		if len(p.Series) > 0 {
			f.Panels = append(f.Panels, p)
		}
	}
	f.Across = min(3, max(1, len(f.Panels)))
	return f
}

// line is a quantity's mean over the runs of a group, in the rounds that every run which is that far has.
func (g *group) line(q quantity, m chart.Method) chart.Series {
	values := map[int][]float64{}
	for _, r := range g.runs {
		for i := range r.rounds {
			if y := q.of(&r.rounds[i]); !math.IsNaN(y) && !math.IsInf(y, 0) {
				values[r.rounds[i].Round] = append(values[r.rounds[i].Round], y)
			}
		}
	}
	s := chart.Series{Method: m, Line: true}
	most := 0
	for _, round := range slices.Sorted(maps.Keys(values)) {
		mean, sd := moments(values[round])
		s.X, s.Y = append(s.X, float64(round)), append(s.Y, mean)
		s.Low, s.High = append(s.Low, mean-sd), append(s.High, mean+sd)
		most = max(most, len(values[round]))
	}
	if most < 2 {
		s.Low, s.High = nil, nil
	}
	if n := len(s.Y); n > 0 {
		s.End = fmt.Sprintf(q.shown, s.Y[n-1])
	}
	return s
}

// moments are the mean and the standard deviation, 0 of one value.
func moments(values []float64) (mean, sd float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += v / n
	}
	for _, v := range values {
		sd += (v - mean) * (v - mean) / max(1, n-1)
	}
	return mean, math.Sqrt(sd)
}
