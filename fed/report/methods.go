package report

import (
	"fmt"
	"math"
)

// methods says what every method stands for, sends, reveals and costs.
func methods(groups []group) Table {
	shown := trained(groups)
	if len(shown) == 0 {
		return Table{}
	}
	t := Table{
		Name: "methods", Title: "Methods: what they are, send and cost",
		Columns: []Column{
			{Name: "is", Words: true}, {Name: "numbers per client and round"}, {Name: "reveals", Words: true},
			{Name: "seconds per round"},
		},
		Note: "Numbers: sent to and from a client that takes part, mean over the rounds. Reveals: what messages say " +
			"of a client's data beside parameters.",
	}
	unit, base := "", math.NaN()
	seconds := func(g group) Cell { return g.overRuns(func(r *Run) float64 { return secondsOf(r) }) }
	for _, g := range shown {
		if g.method == "fedavg" && g.label == "" && math.IsNaN(base) {
			base = seconds(g).Mean
		}
	}
	if base > 0 {
		unit = " × FedAvg"
		t.Note += fmt.Sprintf(" Seconds: wall-clock time with evaluation, against the %.2g s of FedAvg.", base)
	} else {
		base = 1
		t.Note += " Seconds: wall-clock time with evaluation."
	}
	t.Columns[3].Name += unit
	named := several(groups)
	for _, g := range shown {
		r := &g.runs[0].Result
		is, reveals := "exact", "nothing"
		if r.Analogue != "" {
			is = "analogue of " + r.Analogue
		}
		switch {
		case r.Reveals != "":
			reveals = r.Reveals
		case r.Title == "": // an older program does not say
			reveals = "–"
		}
		cost := seconds(g)
		cost.Mean, cost.SD = cost.Mean/base, cost.SD/base
		t.Rows = append(t.Rows, Row{Label: g.title(named), Cells: []Cell{
			{Text: is}, g.overRuns(func(r *Run) float64 { return r.Floats }), {Text: reveals}, cost,
		}})
	}
	return t
}

// secondsOf is the mean over a run's rounds.
func secondsOf(r *Run) float64 {
	sum := 0.0
	for _, rec := range r.Rounds {
		sum += rec.Seconds
	}
	return sum / float64(len(r.Rounds))
}
