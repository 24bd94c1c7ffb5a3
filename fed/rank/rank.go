// Package rank compares methods over settings: mean ranks, Friedman's test with Iman and Davenport's correction and,
// if it finds a difference, the pairs that can be told apart, as a critical-difference diagram. A setting is one
// comparison, and counts once, however many runs it has.
package rank

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/fed/statistics"
	"github.com/fedpurel/fedpurel/train/fault"
)

// A test over settings takes so many, and has some power from the other number on.
const (
	Least  = 5
	Better = 10
)

// Ranking is methods over settings. The methods are in the order of their mean ranks, the best first.
type Ranking struct {
	Score    Score
	Settings []Setting
	Methods  []string
	Scores   [][]float64 // [setting][method]: means over data seeds
	Ranks    [][]float64
	Mean     []float64 // rank of every method
	Test     statistics.Omnibus

	P, Holm [][]float64 // of every two methods; nil unless Significant
	Nemenyi float64     // the critical difference that bars are by; 0: they are by Holm
	Bars    [][]int     // methods that cannot be told apart
	Notes   []string    // what a reader must know
}

// Significant reports whether the methods differ at all. Only then are pairs compared.
func (r *Ranking) Significant() bool { return r.Test.P < statistics.Level }

// New ranks the methods that have a score in every setting. Bars are by pairwise exact signed-rank tests with Holm, or
// by Nemenyi's.
func New(settings []Setting, score Score, nemenyi bool) (*Ranking, error) {
	if len(settings) < Least {
		return nil, fault.Usagef("rank: %d settings; a test over settings takes at least %d, better %d: name more "+
			"folders, each with the runs of one comparison", len(settings), Least, Better)
	}
	r := &Ranking{Score: score, Settings: settings}
	if err := r.takeRows(); err != nil {
		return nil, err
	}
	if err := r.takeScores(); err != nil {
		return nil, err
	}
	r.order()
	r.Test = statistics.Friedman(r.Ranks)
	if len(settings) < Better {
		r.Notes = append(r.Notes, fmt.Sprintf("%d settings are few for tests over settings: %d are better",
			len(settings), Better))
	}
	var thirds []string
	for _, s := range settings {
		if s.thirds {
			thirds = append(thirds, s.Name)
		}
	}
	if thirds != nil {
		r.Notes = append(r.Notes, "Where there are no few-shot classes, the rarest third stands for them: in "+
			strings.Join(thirds, ", "))
	}
	return r, r.compare(nemenyi)
}

// takeRows chooses the methods that have a score in every setting, and names the others.
func (r *Ranking) takeRows() error {
	var names []string
	lacking := map[string][]string{} // the settings in which a method has none
	for _, s := range r.Settings {
		for _, row := range s.Rows {
			if !slices.Contains(names, row.Name) {
				names = append(names, row.Name)
			}
		}
	}
	for _, name := range names {
		for _, s := range r.Settings {
			if len(s.row(name).Scores) == 0 {
				lacking[name] = append(lacking[name], s.Name)
			}
		}
		if missing := lacking[name]; missing != nil {
			r.Notes = append(r.Notes, fmt.Sprintf("%s is left out: it has no %s score in %s", name, r.Score.Name,
				strings.Join(missing, ", ")))
			continue
		}
		r.Methods = append(r.Methods, name)
	}
	if len(r.Methods) < 2 {
		return fault.Usagef("rank: fewer than two methods have a %s score in all %d settings; %s", r.Score.Name,
			len(r.Settings), strings.Join(r.Notes, "; "))
	}
	return nil
}

// row is that of a method; without one, an empty row.
func (s Setting) row(name string) Row {
	for _, row := range s.Rows {
		if row.Name == name {
			return row
		}
	}
	return Row{}
}

// takeScores takes the means over the data seeds that all methods of a setting have.
func (r *Ranking) takeScores() error {
	for _, s := range r.Settings {
		every := map[uint64]int{} // of how many methods
		for _, name := range r.Methods {
			for seed := range s.row(name).Scores {
				every[seed]++
			}
		}
		all := len(every)
		maps.DeleteFunc(every, func(_ uint64, n int) bool { return n < len(r.Methods) })
		seeds := slices.Sorted(maps.Keys(every))
		switch {
		case len(seeds) == 0:
			return fault.Usagef("rank: in %s, no data seed has runs of all of %s", s.Name,
				strings.Join(r.Methods, ", "))
		case len(seeds) < all:
			r.Notes = append(r.Notes, fmt.Sprintf("In %s, %d of %d data seeds count: those of which all methods "+
				"have runs", s.Name, len(seeds), all))
		}
		var scores []float64
		for _, name := range r.Methods {
			var sum float64
			for _, seed := range seeds {
				sum += s.row(name).Scores[seed]
			}
			scores = append(scores, sum/float64(len(seeds)))
		}
		r.Scores = append(r.Scores, scores)
	}
	return nil
}

// order ranks the methods, and puts the best first.
func (r *Ranking) order() {
	mean, each := statistics.Ranks(r.Scores, true)
	order := statistics.Order(mean)
	r.Methods, r.Mean = sorted(r.Methods, order), sorted(mean, order)
	for i := range each {
		r.Scores[i] = sorted(r.Scores[i], order)
		r.Ranks = append(r.Ranks, sorted(each[i], order))
	}
}

func sorted[T any](v []T, order []int) (out []T) {
	for _, i := range order {
		out = append(out, v[i])
	}
	return out
}

// compare compares the methods in pairs, if there is a difference to be found.
func (r *Ranking) compare(nemenyi bool) (err error) {
	if !r.Significant() {
		return nil
	}
	r.P, r.Holm = statistics.Pairwise(r.Scores)
	apart := func(a, b int) bool { return r.Holm[a][b] < statistics.Level }
	if nemenyi {
		if r.Nemenyi, err = statistics.Nemenyi(len(r.Methods), len(r.Settings)); err != nil {
			return fault.Usagef("rank: %w; without --nemenyi, there is no limit", err)
		}
		apart = func(a, b int) bool { return math.Abs(r.Mean[a]-r.Mean[b]) > r.Nemenyi }
	} else if n := statistics.WilcoxonEnough(r.pairs()); len(r.Settings) < n {
		r.Notes = append(r.Notes, fmt.Sprintf("With %d settings, n is too small for Wilcoxon's exact test to tell "+
			"any of %d pairs apart under Holm: that takes %d settings, or fewer methods",
			len(r.Settings), r.pairs(), n))
	}
	r.Bars = statistics.Bars(r.Mean, apart)
	return nil
}

// pairs is the number of pairs of methods.
func (r *Ranking) pairs() int { return len(r.Methods) * (len(r.Methods) - 1) / 2 }
