package rank

import (
	"math"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Score is what methods are ranked by; higher is better. Like all headlines it is the mean of a run's last rounds.
type Score struct {
	Name, Doc string
	of        func(*metric.Result) float64
}

// scores are those that there are.
var scores = []Score{
	{"global", "accuracy of the global model", func(r *metric.Result) float64 {
		return r.LastTen.Global.Value(metric.Accuracy)
	}},
	{"personal", "accuracy of the personal models, mean over the clients", func(r *metric.Result) float64 {
		return r.LastTen.Personal.Value(metric.Accuracy)
	}},
	{"few", "accuracy of the global model on few-shot classes", func(r *metric.Result) float64 {
		if g, _ := rarest(r); g >= 0 {
			return r.LastTen.Global.Group(metric.GroupAccuracy, g)
		}
		return math.NaN()
	}},
}

// ScoreNames are their names.
func ScoreNames() (names []string) {
	for _, s := range scores {
		names = append(names, s.Name)
	}
	return names
}

// ScoreOf is the score of a name.
func ScoreOf(name string) (Score, error) {
	for _, s := range scores {
		if s.Name == name {
			return s, nil
		}
	}
	return Score{}, fault.Unknown("rank: unknown score", name, ScoreNames())
}

// rarest is the group of few-shot classes or, where there are none, of the rarest third; −1 without any. usual says
// which.
func rarest(r *metric.Result) (group int, usual bool) {
	const few = 2 // of many, medium, few, and the thirds where one of these is empty
	if few < len(r.Groups) && len(r.Groups[few].Classes) > 0 {
		return few, true
	}
	for g := len(r.Groups) - 1; g > few; g-- {
		if len(r.Groups[g].Classes) > 0 {
			return g, false
		}
	}
	return -1, false
}
