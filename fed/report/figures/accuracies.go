package figures

import (
	"math"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// accuracies are those of every class in the last round, in percent: the mean over seeds.
func (m Method) accuracies(kind string) []float64 {
	return m.byClass(func(r *metric.Result, c int) float64 { return accuracy(r, kind, c) })
}

// gains are the differences of a model's accuracies to zero-shot's, in points, formed run by run.
func (m Method) gains(kind string) []float64 {
	return m.byClass(func(r *metric.Result, c int) float64 {
		return accuracy(r, kind, c) - accuracy(r, "zero_shot", c)
	})
}

// byClass is the mean over seeds of a quantity of every class.
func (m Method) byClass(f func(*metric.Result, int) float64) []float64 {
	all := make([]float64, len(m.Runs[0].Result.Classes))
	for c := range all {
		all[c] = m.mean(func(r *metric.Result) float64 { return f(r, c) })
	}
	return all
}

// accuracy is a class's, in percent; NaN where it has no test image.
func accuracy(r *metric.Result, kind string, class int) float64 {
	n := r.PerClass[kind]
	return 100 * float64(n.Correct[class]) / float64(n.Total[class])
}

// zeroBefore is zero-shot's accuracy of every class, in percent, over the data seeds of all methods.
func zeroBefore(methods []Method) []float64 {
	return (&Source{Methods: methods}).zero().accuracies("zero_shot")
}

func allNaN(all []float64) bool {
	for _, v := range all {
		if !math.IsNaN(v) {
			return false
		}
	}
	return true
}
