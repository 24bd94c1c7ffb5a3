package figures

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// confusions is how many test images of a class are taken for another, by class·C + taken for.
type confusions map[int]float64

// mistaken are the mean confusions over seeds; nil where no run recorded predictions.
func (s *Source) mistaken(m Method, of func(*Run) []int32) confusions {
	classes := len(s.first().Classes)
	total := confusions{}
	n := 0
	for i := range m.Runs {
		predicted := of(&m.Runs[i])
		if len(predicted) == 0 || len(predicted) != len(s.Labels) {
			continue
		}
		n++
		for row, p := range predicted {
			if label := s.Labels[row]; p >= 0 && p != label && int(p) < classes {
				total[int(label)*classes+int(p)]++
			}
		}
	}
	if n == 0 {
		return nil
	}
	for k := range total {
		total[k] /= float64(n)
	}
	return total
}

// mostMistakes is how many rows a panel of mistakes has.
const mostMistakes = 7

// mistakes are the confusions that training adds and cures most.
func mistakes(s *Source) document.Section {
	zero := s.mistaken(s.zero(), func(r *Run) []int32 { return r.Zero })
	if zero == nil {
		return document.Section{}
	}
	var methods []Method
	var after []confusions
	for _, m := range s.Methods {
		if of := s.mistaken(m, func(r *Run) []int32 { return r.Predicted }); of != nil {
			methods, after = append(methods, m), append(after, of)
		}
	}
	if len(methods) == 0 {
		return document.Section{}
	}
	f := chart.Figure{Name: "mistakes", Across: 2, Shared: true}
	for _, of := range []struct {
		title, sub string
		sign       float64
	}{
		{"Mistakes that training adds", "largest increase under any method", 1},
		{"Mistakes that training cures", "largest decrease", -1},
	} {
		if rows := s.most(of.sign, zero, methods, after); len(rows) > 0 {
			f.Rows = append(f.Rows, chart.Rows{
				Title: of.title, Sub: of.sub, X: chart.Axis{Label: "test images of the class", Low: 0}, Lines: rows,
			})
		}
	}
	return document.Section{
		ID: "mistakes", Nav: "Mistakes", Title: "Which mistakes changed",
		Caption: "Test images of one class taken for another by the global model, last round, mean over the runs. " +
			"Upright mark: zero-shot.",
		Figures: []chart.Figure{f},
	}
}

// most are the rows whose confusions grow most (sign 1), or shrink most (−1), under any method; by one image at least.
func (s *Source) most(sign float64, zero confusions, methods []Method, after []confusions) (rows []chart.Row) {
	first := s.first()
	by := map[int]float64{}
	consider := func(key int) {
		most := math.Inf(-1)
		for _, of := range after {
			most = max(most, sign*(of[key]-zero[key]))
		}
		by[key] = most
	}
	for _, of := range append([]confusions{zero}, after...) {
		for key := range of {
			consider(key)
		}
	}
	var keys []int
	for key, d := range by {
		if d >= 1 {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b int) int { return cmp.Or(cmp.Compare(by[b], by[a]), cmp.Compare(a, b)) })
	classes := len(first.Classes)
	for _, key := range keys[:min(mostMistakes, len(keys))] {
		from := zero[key]
		row := chart.Row{
			Name: first.Classes[key/classes], Sub: "taken for " + first.Classes[key%classes], From: &from,
		}
		for i, of := range after {
			row.Marks = append(row.Marks, chart.Mark{
				Method: methods[i].Method, X: of[key], Low: math.NaN(), High: math.NaN(),
				Text: fmt.Sprintf("%.0f", of[key]),
			})
		}
		rows = append(rows, row)
	}
	return rows
}

// reliability is how often predictions are right by how sure they are.
func reliability(s *Source) document.Section {
	first := s.first()
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
			if len(s.Methods) <= 4 {
				p.Notes = append(p.Notes, chart.Note{Method: &m.Method, Text: fmt.Sprintf("%s %.1f", m.Name, ece)})
			}
		}
		add(s.zero(), "zero_shot")
		for _, m := range s.Methods {
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
		Caption: "How often predictions are right (up) by how sure they are (right), in percent, last round; on the " +
			"diagonal a model is as often right as it is sure. Larger marks: more predictions.",
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
