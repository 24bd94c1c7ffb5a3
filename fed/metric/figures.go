package metric

import (
	"iter"
	"math"
	"strings"
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

// Tag is the figure as one name: global/accuracy, on_local/accuracy_few, divergence/tkl. It has one slash: programs
// that keep a file for each name, in folders, can have no name inside another.
func (f Figure) Tag() string {
	tag := string(f.Model) + "/" + f.Name
	if f.Moved {
		tag = "divergence/" + f.Name
	}
	if f.Group != Every {
		tag += "_" + strings.ReplaceAll(f.Group, " ", "_")
	}
	return tag
}

// TrainingTag is the name of what training tells of a round, beside those of figures.
func TrainingTag(name string) string { return "training/" + strings.ReplaceAll(name, "/", "_") }

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
