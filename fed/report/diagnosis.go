package report

import (
	"math"
	"sort"
	"strings"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// diagnosis is the mean over the rounds of what training observed.
func diagnosis(groups []group) Table {
	t := Table{Name: "diagnosis", Title: "Diagnosis, mean over all rounds",
		Note: "drift: ‖φ_k − φ_g‖ of local training from its start, drift_new: from the new average (root mean " +
			"square, weighted like it); angle: degrees between task and alignment gradient before purification, " +
			"whole and tensor by tensor; projected: share of tensors in which they oppose each other; " +
			"norm_ratio: ‖g‖ after over before; losses: means over batches."}
	names := []string{
		"drift", "drift_new", "angle", "projected", "norm_ratio", "loss_task", "loss_align", "loss_personal",
	}
	fixed := len(names)
	seen := map[string]bool{}
	for _, g := range groups {
		for _, r := range g.runs {
			for _, rec := range r.Rounds {
				for name := range rec.Diagnosis {
					if strings.HasPrefix(name, "angle/") && !seen[name] {
						seen[name] = true
						names = append(names, name)
					}
				}
			}
		}
	}
	sort.Strings(names[fixed:])
	return tabulate(groups, t, columns(false, names...), func(i int, r *Run) float64 {
		return meanOf(r.Rounds, names[i])
	})
}

// meanOf averages a diagnostic over the rounds that have it.
func meanOf(rounds []metric.Round, name string) float64 {
	var sum float64
	var n int
	for _, r := range rounds {
		if v, ok := r.Diagnosis[name]; ok {
			sum += v
			n++
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / float64(n)
}

// columns are columns of one kind.
func columns(percent bool, names ...string) []Column {
	var all []Column
	for _, n := range names {
		all = append(all, Column{Name: n, Percent: percent})
	}
	return all
}

// tabulate is a table with one row for every trained method.
func tabulate(groups []group, t Table, columns []Column, value func(column int, r *Run) float64) Table {
	t.Columns = columns
	named := several(groups)
	for _, g := range trained(groups) {
		row := Row{Label: g.title(named)}
		for i := range columns {
			row.Cells = append(row.Cells, g.overRuns(func(r *Run) float64 { return value(i, r) }))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
