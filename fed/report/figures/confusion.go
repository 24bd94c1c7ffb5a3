package figures

import (
	"fmt"
	"math"

	"github.com/fedpurel/fedpurel/fed/report/chart"
)

// mostConfused is how many classes a confusion matrix has at most to be read.
const mostConfused = 12

// confused are zero-shot's confusion matrix and that of the method that is right most often, of few classes; none of
// more.
func (s *Source) confused(methods []Method) []chart.Confusion {
	names := s.first().Classes
	if len(names) < 2 || len(names) > mostConfused {
		return nil
	}
	zero, _ := s.matrix(s.zero(), func(r *Run) []int32 { return r.Zero })
	if zero == nil {
		return nil
	}
	before := chart.Confusion{Method: zeroShot, Sub: "test images", Names: names, Counts: zero}
	best, most := chart.Confusion{}, math.Inf(-1)
	for _, m := range methods {
		counts, runs := s.matrix(m, func(r *Run) []int32 { return r.Predicted })
		right := 0.0
		for c := range counts {
			right += counts[c][c]
		}
		if right > most {
			best, most = chart.Confusion{Method: m.Method, Names: names, Counts: counts}, right
			best.Sub = "global model, last round"
			if len(methods) > 1 {
				best.Sub += ", most often right"
			}
			if runs > 1 {
				best.Sub += fmt.Sprintf(", mean over %d runs", runs)
			}
		}
	}
	return []chart.Confusion{before, best}
}

// matrix is how many test images of a class, its row, are taken for each class: the mean over the runs that say so.
func (s *Source) matrix(m Method, of func(*Run) []int32) (counts [][]float64, runs int) {
	classes := len(s.first().Classes)
	for i := range m.Runs {
		predicted := of(&m.Runs[i])
		if len(predicted) == 0 || len(predicted) != len(s.Labels) {
			continue
		}
		if runs++; counts == nil {
			counts = make([][]float64, classes)
			for c := range counts {
				counts[c] = make([]float64, classes)
			}
		}
		for row, p := range predicted {
			if p >= 0 && int(p) < classes {
				counts[s.Labels[row]][p]++
			}
		}
	}
	for _, row := range counts {
		for p := range row {
			row[p] /= float64(runs)
		}
	}
	return counts, runs
}
