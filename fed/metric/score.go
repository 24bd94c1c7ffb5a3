package metric

import "math"

// Entry is one metric's value in a score: a number, or one for each group of classes.
type Entry struct {
	Name   string
	Value  float64
	Groups []float64 // parallel to Result.Groups; nil for a metric that is one number
}

// Score is what the metrics say of one model, in the order of their table. It knows no table, so that it can hold what
// another version of the program measured.
type Score []Entry

// entry returns the entry called name, or an empty one.
func (s Score) entry(name string) Entry {
	for _, e := range s {
		if e.Name == name {
			return e
		}
	}
	return Entry{Name: name, Value: math.NaN()}
}

// Value is a metric's number; NaN where it does not exist.
func (s Score) Value(name string) float64 { return s.entry(name).Value }

// Group is the number of group g in a metric per group; NaN where it does not exist.
func (s Score) Group(name string, g int) float64 {
	if groups := s.entry(name).Groups; g < len(groups) {
		return groups[g]
	}
	return math.NaN()
}

// Scores is what is measured of a state in one round.
type Scores struct {
	Global   Score
	OnLocal  Score
	Personal Score
	Moved    Score // how far the global model's predictions are from zero-shot; NaN in rounds that skip it
}

// Of returns the score of a model.
func (s *Scores) Of(m Model) *Score {
	switch m {
	case OnLocal:
		return &s.OnLocal
	case Personal:
		return &s.Personal
	default:
		return &s.Global
	}
}

// At reads the number of a metric: of a model, unless it has none, and of group g, if it has one for each.
func (s *Scores) At(m Metric, model Model, g int) float64 {
	score := *s.Of(model)
	if m.Scope == FromZeroShot {
		score = s.Moved
	}
	if m.PerGroup {
		return score.Group(m.Name, g)
	}
	return score.Value(m.Name)
}

// Mean averages scores entry by entry, leaving out what does not exist. The last one says which entries there are.
func Mean(all []Scores) Scores {
	if len(all) == 0 {
		panic("metric: mean of no scores")
	}
	part := func(of func(*Scores) Score) Score {
		scores := make([]Score, len(all))
		for i := range all {
			scores[i] = of(&all[i])
		}
		return meanScore(scores)
	}
	return Scores{
		Global:   part(func(s *Scores) Score { return s.Global }),
		OnLocal:  part(func(s *Scores) Score { return s.OnLocal }),
		Personal: part(func(s *Scores) Score { return s.Personal }),
		Moved:    part(func(s *Scores) Score { return s.Moved }),
	}
}

func meanScore(all []Score) Score {
	var m Score
	for _, e := range all[len(all)-1] {
		over := func(of func(Score) float64) float64 {
			var there []float64
			for _, s := range all {
				if v := of(s); !math.IsNaN(v) {
					there = append(there, v)
				}
			}
			return mean(there)
		}
		average := Entry{Name: e.Name, Value: over(func(s Score) float64 { return s.Value(e.Name) })}
		if e.Groups != nil {
			average.Groups = make([]float64, len(e.Groups))
			for g := range e.Groups {
				average.Groups[g] = over(func(s Score) float64 { return s.Group(e.Name, g) })
			}
		}
		m = append(m, average)
	}
	return m
}
