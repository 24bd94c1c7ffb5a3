package report

import (
	"math"
	"strings"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// divergences says how far the global models moved from zero-shot.
func divergences(groups []group, metrics metric.Table) Table {
	columns := columnsOf(metrics, nil, func(m metric.Metric) bool { return m.Scope == metric.FromZeroShot })
	t := Table{
		Name: "divergence", Title: "Divergence of the global model from zero-shot, " + metric.LastTitle + ", nats",
		Note: strings.Join(legends(columns), "; ") + ".",
	}
	return tabulateColumns(groups, t, columns, func(r *metric.Result) *metric.Scores { return &r.Last })
}

// best names every run's best round. Choosing a round by its test accuracy is peeking.
func best(groups []group, metrics metric.Table) Table {
	columns := columnsOf(metrics, nil, func(m metric.Metric) bool { return m.Name == metric.Headline })
	var shown []column
	for _, c := range columns {
		if c.model != metric.OnLocal {
			c.heading += ", best round"
			shown = append(shown, c)
		}
	}
	t := Table{Name: "best", Title: metric.BestTitle}
	return tabulate(groups, t, append(heads(shown), Column{Name: "round"}), func(i int, r *Run) float64 {
		switch b := r.Result.Best; {
		case b == nil:
			return math.NaN()
		case i < len(shown):
			return shown[i].of(&b.Scores)
		default:
			return float64(b.Round)
		}
	})
}

// release shows metrics as the authors' release forms them, if that makes a difference.
func release(groups []group, metrics metric.Table) Table {
	first := groups[0].runs[0].Result
	columns := columnsOf(metrics, first.Groups, func(m metric.Metric) bool { return m.ReleaseOf != "" })
	differs := false
	for _, c := range columns {
		usual := c
		usual.metric, _ = metrics.Find(c.metric.ReleaseOf)
		for _, g := range groups {
			for i := range g.runs {
				s := &g.runs[i].Result.LastTen
				differs = differs || math.Abs(c.of(s)-usual.of(s)) > 1e-12
			}
		}
	}
	if !differs {
		return Table{}
	}
	t := Table{
		Name:  "accuracy-release",
		Title: "Global accuracy as the authors' release averages it, mean of the last rounds: not for comparison",
		Note: "The release leaves classes without a single hit out of the group means. " +
			"A model that forgets a class gains by it.",
	}
	return tabulateColumns(groups, t, columns, func(r *metric.Result) *metric.Scores { return &r.LastTen })
}
