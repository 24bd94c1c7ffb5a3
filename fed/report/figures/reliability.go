package figures

import (
	"fmt"
	"math"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// reliability is how often predictions are right by how sure they are.
func reliability(s *Source) document.Section {
	first := s.first()
	methods, say := s.drawn(s.Methods)
	f := chart.Figure{Name: "reliability", Across: 4, Shared: true}
	type part struct{ key, title string }
	parts := []part{{metric.Every, "All classes"}}
	for _, g := range first.Groups[:min(3, len(first.Groups))] {
		title, _ := called(g)
		parts = append(parts, part{g.Name, title})
	}
	for _, of := range parts {
		axis := chart.Axis{Low: 0, High: 100}
		p := chart.Panel{
			Title: of.title, Square: true, X: axis, Y: axis, Diagonal: "below the line: surer than right",
			Notes: []chart.Note{{Text: "calibration error, %"}},
		}
		p.X.Label = "confidence, %"
		add := func(m Method, model string) {
			line, ece := m.reliable(model, of.key)
			if len(line.X) == 0 {
				return
			}
			line.Method = m.Method
			p.Series = append(p.Series, line)
			if len(methods) <= mostBeside {
				p.Notes = append(p.Notes, chart.Note{Method: &m.Method, Text: fmt.Sprintf("%s %.1f", m.Name, ece)})
			}
		}
		add(s.zero(), "zero_shot")
		for _, m := range methods {
			add(m, "global")
		}
		if len(p.Notes) == 1 {
			p.Notes = nil
		}
		if len(p.Series) > 0 {
			f.Panels = append(f.Panels, p)
		}
	}
	return document.Section{
		ID: "calibration", Nav: "Calibration", Title: s.calibrates(),
		Caption: sentences("How often predictions are right (up) by how sure they are (right), in percent, last "+
			"round; on the diagonal a model is as often right as it is sure. Larger marks: more predictions.", say),
		Figures: []chart.Figure{f},
	}
}

// reliable pools the bins of all runs; ece is the mean of theirs, in percent.
func (m Method) reliable(model, group string) (line chart.Series, ece float64) {
	var pooled metric.Reliability
	ece = m.calibration(model, group)
	for _, r := range m.Runs {
		if c := find(r.Result, model, group); c != nil {
			pooled.Merge(c.Reliability)
		}
	}
	line.Line, line.Marks = true, true
	for b := range metric.Bins {
		if n := float64(pooled.Total[b]); n > 0 {
			line.X = append(line.X, 100*pooled.Confidence[b]/n)
			line.Y = append(line.Y, 100*float64(pooled.Correct[b])/n)
			line.Size = append(line.Size, n)
		}
	}
	return line, ece
}

// calibration is the expected calibration error in percent, mean over seeds.
func (m Method) calibration(model, group string) float64 {
	return m.mean(func(r *metric.Result) float64 {
		if c := find(r, model, group); c != nil {
			return 100 * float64(c.ECE)
		}
		return math.NaN()
	})
}

func find(r *metric.Result, model, group string) *metric.Calibration {
	for i := range r.Calibration {
		if r.Calibration[i].Model == model && r.Calibration[i].Group == group {
			return &r.Calibration[i]
		}
	}
	return nil
}

// calibrates is a title from the errors of the last of the told methods.
func (s *Source) calibrates() string {
	told := s.told()
	if len(told) == 0 {
		return "How far probabilities can be believed"
	}
	m := told[len(told)-1]
	for _, of := range told {
		if of.Slot == 1 {
			m = of
		}
	}
	before, after := m.calibration("zero_shot", metric.Every), m.calibration("global", metric.Every)
	switch d := after - before; {
	case math.IsNaN(d):
		return "How far probabilities can be believed"
	case !changed(d):
		return fmt.Sprintf("%s leaves the calibration error at %.1f %%", m.Name, after)
	case d < 0:
		return fmt.Sprintf("%s brings the calibration error from %.1f down to %.1f %%", m.Name, before, after)
	default:
		return fmt.Sprintf("%s raises the calibration error from %.1f to %.1f %%", m.Name, before, after)
	}
}
