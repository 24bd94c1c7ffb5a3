package figures

import (
	"cmp"
	"fmt"
	"math"
	"slices"

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
		return unrecorded()
	}
	var methods []Method
	var after []confusions
	for _, m := range s.Methods {
		if of := s.mistaken(m, func(r *Run) []int32 { return r.Predicted }); of != nil {
			methods, after = append(methods, m), append(after, of)
		}
	}
	if len(methods) == 0 {
		return unrecorded()
	}
	some, say := s.drawn(methods)
	shown := make([]confusions, len(some))
	for i, m := range some {
		shown[i] = after[slices.IndexFunc(methods, func(of Method) bool { return of.ID == m.ID })]
	}
	f := chart.Figure{Name: "mistakes", Across: 2, Shared: true}
	for _, of := range []struct {
		title, sub string
		sign       float64
	}{
		{"Mistakes that training adds", "largest increase", 1},
		{"Mistakes that training cures", "largest decrease", -1},
	} {
		if rows := s.most(of.sign, zero, some, shown); len(rows) > 0 {
			f.Rows = append(f.Rows, chart.Rows{
				Title: of.title, Sub: of.sub, X: chart.Axis{Label: "test images of the class", Low: 0}, Lines: rows,
			})
		}
	}
	return document.Section{
		ID: "mistakes", Nav: "Mistakes", Title: "Which mistakes changed",
		Caption: sentences("Test images of one class taken for another by the global model, last round, mean over the "+
			"runs. Upright mark: zero-shot.", say),
		Figures: []chart.Figure{f}, Confusions: s.confused(methods),
	}
}

// unrecorded says why no mistakes are shown, and what makes them.
func unrecorded() document.Section {
	missing := "Mistakes are not shown: these runs keep no predictions of the test images. " +
		"Runs that `fedpurel train` or `fedpurel compare` makes now keep them; " +
		"train again in another folder, and write the report again."
	return document.Section{
		ID: "mistakes", Nav: "Mistakes", Title: "Which mistakes changed",
		Pictures: &document.Pictures{Missing: missing},
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
