package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// Unseen is the small table of one run's clients that never took part; without rows if it has none.
func Unseen(run Run) Table {
	g := group{method: run.Result.Method, module: run.Result.Module, label: run.Result.Label, runs: []Run{run}}
	return unseen([]group{g})
}

// Terminal are the tables that a terminal shows: the summary; differences, where something is repeated; and that of
// clients that never took part, where there are such.
func (r *Report) Terminal() []Table {
	all := []Table{r.Summary}
	tested := slices.ContainsFunc(r.Tables, func(t Table) bool { return t.Name == differencesName })
	for _, t := range r.Tables {
		t.Note = strings.Replace(t.Note, boldly, "", 1) // a terminal has none
		if t.Name == unseenName || t.Name == comparisonName && tested {
			all = append(all, t)
		}
	}
	return all
}

const unseenName = "unseen"

// unseen says what the runs are worth to clients that never took part.
func unseen(groups []group) Table {
	first := groups[0].runs[0].Result.Unseen
	if first == nil {
		return Table{}
	}
	rounds := 0
	for _, g := range groups {
		for _, r := range g.runs {
			if u := r.Result.Unseen; u != nil {
				rounds = max(rounds, u.Rounds)
			}
		}
	}
	t := Table{
		Name:  unseenName,
		Title: "Clients that never took part: accuracy on their own test images in percent, " + metric.LastTitle,
		Columns: []Column{
			{Name: "zero-shot", Percent: true}, {Name: "global", Percent: true}, {Name: "personal", Percent: true},
			{Name: "personal, worst", Percent: true},
		},
		Note: fmt.Sprintf("Mean over the clients (%d).", len(first.Clients)),
	}
	if rounds > 0 {
		t.Note += fmt.Sprintf(" personal: each was fitted alone to the global model, by the method's own stage, "+
			"in at most %d rounds.", rounds)
	}
	named := several(groups)
	for _, g := range groups {
		of := func(score func(*metric.Unseen) float64) Cell {
			return g.over(func(r *metric.Result) float64 {
				if r.Unseen == nil {
					return math.NaN()
				}
				return score(r.Unseen)
			})
		}
		t.Rows = append(t.Rows, Row{Label: g.title(named), Cells: []Cell{
			of(func(u *metric.Unseen) float64 { return u.ZeroShot.OnLocal.Value(metric.Accuracy) }),
			of(func(u *metric.Unseen) float64 { return u.Last.OnLocal.Value(metric.Accuracy) }),
			of(func(u *metric.Unseen) float64 { return u.Last.Personal.Value(metric.Accuracy) }),
			of(func(u *metric.Unseen) float64 { return u.Last.Personal.Value("worst_decile") }),
		}})
	}
	return t
}

// unseenClients is the same client by client.
func unseenClients(groups []group) Table {
	groups, say := alone(groups)
	first := groups[0].runs[0].Result
	if first.Unseen == nil {
		return Table{}
	}
	t := clientColumns(groups, Table{
		Name: "unseen-clients", Title: "Clients that never took part, one by one, in percent, " + metric.LastTitle,
		Note: say,
	})
	for i, client := range first.Unseen.Clients {
		name := first.ClientName(len(first.Clients) + i)
		t.Rows = append(t.Rows, clientRow(groups, name, client, func(r *metric.Result) metric.Client {
			if r.Unseen == nil || i >= len(r.Unseen.Clients) {
				return metric.Client{Global: metric.Num(math.NaN()), Personal: metric.Num(math.NaN())}
			}
			return r.Unseen.Clients[i]
		}))
	}
	return t
}
