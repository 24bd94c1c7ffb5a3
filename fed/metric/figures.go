package metric

import (
	"iter"
	"math"
)

// Every is the group of a figure that is of all classes.
const Every = "all"

// Figure is one number of scores, under the names that it has in files for other programs.
type Figure struct {
	Model Model   // of a divergence from zero-shot, Global
	Name  string  // see Metric.Called
	Group string  // of classes, or Every
	Value float64 // as it is stored: a share is a fraction of 1
	Moved bool    // a divergence from zero-shot
}

// Figures are the numbers that exist in scores, model by model. Metrics that the table lacks have their keys as names;
// groups are those of the result.
func (t Table) Figures(s *Scores, groups []Group) iter.Seq[Figure] {
	return func(yield func(Figure) bool) {
		for _, model := range Models() {
			if !t.figures(*s.Of(model), Figure{Model: model}, groups, yield) {
				return
			}
		}
		t.figures(s.Moved, Figure{Model: Global, Moved: true}, groups, yield)
	}
}

// figures are those of one score; it is false where nobody wants more.
func (t Table) figures(s Score, f Figure, groups []Group, yield func(Figure) bool) bool {
	for _, e := range s {
		m, _ := t.Find(e.Name)
		f.Name = m.Called()
		values := e.Groups
		if values == nil {
			values = []float64{e.Value}
		}
		for g, v := range values {
			if f.Value, f.Group = v, Every; e.Groups != nil {
				if g >= len(groups) {
					break
				}
				f.Group = groups[g].Name
			}
			if !math.IsNaN(v) && !yield(f) {
				return false
			}
		}
	}
	return true
}
