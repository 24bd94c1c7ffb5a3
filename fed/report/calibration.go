package report

import (
	"math"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// calibration says whether confidences are right, for all classes and group by group; whether zero-shot predictions are
// a fair reference on rare classes is its first row.
func calibration(groups []group) Table {
	t := Table{
		Name: "calibration", Title: "Calibration, " + metric.LastTitle + ", percent",
		Note: "ECE: expected calibration error in 15 bins; gap: mean confidence minus accuracy, above zero where a " +
			"model is surer than right. Personal models of FedPuReL add two branches' logits, which halves the " +
			"temperature.",
	}
	first := groups[0].runs[0].Result
	names := []string{metric.Every}
	for _, g := range first.Groups {
		names = append(names, g.Name)
	}
	for _, n := range names {
		t.Columns = append(t.Columns, Column{Name: "ECE " + n, Percent: true}, Column{Name: "gap " + n, Percent: true})
	}
	kinds := []func(*metric.Calibration) metric.Num{
		func(c *metric.Calibration) metric.Num { return c.ECE },
		func(c *metric.Calibration) metric.Num { return c.Gap },
	}
	named := several(groups)
	add := func(g group, label, model string) {
		row := Row{Label: label}
		exists := false
		for _, n := range names {
			for _, f := range kinds {
				cell := g.over(func(r *metric.Result) float64 {
					if c := find(r, model, n); c != nil {
						return float64(f(c))
					}
					return math.NaN()
				})
				exists = exists || cell.N > 0
				row.Cells = append(row.Cells, cell)
			}
		}
		if exists {
			t.Rows = append(t.Rows, row)
		}
	}
	add(zeroShot(groups), "zero-shot", "zero_shot")
	for _, g := range trained(groups) {
		add(g, g.title(named)+", global", "global")
		add(g, g.title(named)+", personal", "personal")
	}
	return t
}

// contributions says which branch decides right personal predictions, group by group.
func contributions(groups []group) Table {
	first := groups[0].runs[0].Result
	t := Table{
		Name:  "contribution",
		Title: "Share of right personal predictions that the global branch decided, " + metric.LastTitle + ", percent",
		Note: "By logit: ℓ_G[y] > ℓ_P[y], as in the paper; by margin: the larger softmax margin, which a constant " +
			"between the branches does not bias.",
	}
	var names []string
	for _, g := range first.Groups {
		names = append(names, g.Name+", by logit", g.Name+", by margin")
	}
	var residual []group
	for _, g := range groups {
		if len(g.runs[0].Result.Contribution) > 0 {
			residual = append(residual, g)
		}
	}
	if len(residual) == 0 {
		return Table{}
	}
	return tabulate(residual, t, columns(true, names...), func(i int, r *Run) float64 {
		var right, won int64
		if i/2 >= len(r.Result.Groups) {
			return math.NaN()
		}
		for _, class := range r.Result.Groups[i/2].Classes {
			if class >= len(r.Result.Contribution) {
				continue
			}
			c := r.Result.Contribution[class]
			right += c.Right
			if i%2 == 0 {
				won += c.GlobalRaw
			} else {
				won += c.GlobalMargin
			}
		}
		if right == 0 {
			return math.NaN()
		}
		return float64(won) / float64(right)
	})
}

// find returns a model's calibration on a group, or nil.
func find(r *metric.Result, model, group string) *metric.Calibration {
	for i := range r.Calibration {
		if c := &r.Calibration[i]; c.Model == model && c.Group == group {
			return c
		}
	}
	return nil
}
