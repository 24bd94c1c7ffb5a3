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
		Note: "drift: ‖φ_k − φ_g‖ of local training from its start, drift_new: from the new average; angle: degrees between task and alignment gradient before " +
			"purification, whole and tensor by tensor; projected: share of tensors in which they oppose each other; norm_ratio: ‖g‖ after over before; losses: means over batches."}
	names := []string{"drift", "drift_new", "angle", "projected", "norm_ratio", "loss_task", "loss_align", "loss_personal"}
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
	sort.Strings(names[8:])
	for _, n := range names {
		t.Columns = append(t.Columns, Column{n, false})
	}
	named := several(groups)
	for _, g := range groups {
		if g.method == "zeroshot" {
			continue
		}
		row := Row{Label: g.title(named)}
		for _, n := range names {
			means := map[*metric.Result]metric.Num{}
			for i := range g.runs {
				means[&g.runs[i].Result] = meanOf(g.runs[i].Rounds, n)
			}
			row.Cells = append(row.Cells, g.over(func(r *metric.Result) metric.Num { return means[r] }))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// meanOf averages a diagnostic over the rounds that have it.
func meanOf(rounds []metric.Round, name string) metric.Num {
	var sum float64
	var n int
	for _, r := range rounds {
		if v, ok := r.Diagnosis[name]; ok {
			sum += v
			n++
		}
	}
	if n == 0 {
		return metric.Num(math.NaN())
	}
	return metric.Num(sum / float64(n))
}

// tabulate is a table with one row for every trained method.
func tabulate(groups []group, t Table, columns []string, percent bool, value func(column int, r *metric.Result) metric.Num) Table {
	for _, c := range columns {
		t.Columns = append(t.Columns, Column{c, percent})
	}
	named := several(groups)
	for _, g := range groups {
		if g.method == "zeroshot" {
			continue
		}
		row := Row{Label: g.title(named)}
		for i := range columns {
			row.Cells = append(row.Cells, g.over(func(r *metric.Result) metric.Num { return value(i, r) }))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// divergences says how far the global models moved from zero-shot.
func divergences(groups []group) Table {
	t := Table{Name: "divergence", Title: "Divergence of the global model from zero-shot, last round, nats",
		Note: "TKL: temperature-aligned KL(global ‖ zero-shot), the paper's diagnostic; reversed: the direction of the training loss; KL: at temperature 1; soft cross-entropy: −Σ zero-shot · log global."}
	pick := []func(*metric.Scores) metric.Num{
		func(s *metric.Scores) metric.Num { return s.TKL }, func(s *metric.Scores) metric.Num { return s.TKLReverse },
		func(s *metric.Scores) metric.Num { return s.KL }, func(s *metric.Scores) metric.Num { return s.SoftCE },
	}
	return tabulate(groups, t, []string{"TKL", "TKL reversed", "KL", "soft cross-entropy"}, false, func(i int, r *metric.Result) metric.Num { return pick[i](&r.Last) })
}

// best names every run's best round. Choosing a round by its test accuracy is peeking.
func best(groups []group) Table {
	t := Table{Name: "best", Title: "Best round, chosen by the global model's test accuracy: too good by the choice, not for comparison"}
	t = tabulate(groups, t, []string{"global, best round", "personal, best round"}, true, func(i int, r *metric.Result) metric.Num {
		switch {
		case r.Best == nil:
			return metric.Num(math.NaN())
		case i == 0:
			return r.Best.Scores.Global.All
		default:
			return r.Best.Scores.Personal.All
		}
	})
	t.Columns = append(t.Columns, Column{"round", false})
	i := 0
	for _, g := range groups {
		if g.method != "zeroshot" {
			t.Rows[i].Cells = append(t.Rows[i].Cells, g.over(func(r *metric.Result) metric.Num {
				if r.Best == nil {
					return metric.Num(math.NaN())
				}
				return metric.Num(r.Best.Round)
			}))
			i++
		}
	}
	return t
}

// release shows the group means as the authors' release forms them, if that makes a difference.
func release(groups []group) Table {
	first := groups[0].runs[0].Result
	var names []string
	for _, g := range first.Groups {
		names = append(names, g.Name+" without classes at 0 %")
	}
	differs := false
	for _, g := range groups {
		for i := range g.runs {
			s := g.runs[i].Result.LastTen.Global
			for j := range s.NoZero {
				if a, b := float64(s.NoZero[j]), float64(s.Groups[j]); math.Abs(a-b) > 1e-12 {
					differs = true
				}
			}
		}
	}
	if !differs {
		return Table{}
	}
	t := Table{Name: "accuracy-release", Title: "Global accuracy as the authors' release averages it, mean of the last rounds: not for comparison",
		Note: "The release leaves classes without a single hit out of the group means. A model that forgets a class gains by it."}
	return tabulate(groups, t, names, true, func(i int, r *metric.Result) metric.Num {
		if i >= len(r.LastTen.Global.NoZero) {
			return metric.Num(math.NaN())
		}
		return r.LastTen.Global.NoZero[i]
	})
}

// calibration says whether confidences are right, for all classes and group by group; whether zero-shot predictions are a
// fair reference on rare classes is its first row.
func calibration(groups []group) Table {
	t := Table{Name: "calibration", Title: "Calibration, last round, percent",
		Note: "ECE: expected calibration error in 15 bins; gap: mean confidence minus accuracy, above zero where a model is surer than right. Personal models of FedPuReL add two branches' logits, which halves the temperature."}
	first := groups[0].runs[0].Result
	names := []string{"all"}
	for _, g := range first.Groups {
		names = append(names, g.Name)
	}
	for _, n := range names {
		t.Columns = append(t.Columns, Column{"ECE " + n, true}, Column{"gap " + n, true})
	}
	named := several(groups)
	add := func(g group, label, model string) {
		row := Row{Label: label}
		exists := false
		for _, n := range names {
			for _, f := range []func(*metric.Calibration) metric.Num{func(c *metric.Calibration) metric.Num { return c.ECE }, func(c *metric.Calibration) metric.Num { return c.Gap }} {
				cell := g.over(func(r *metric.Result) metric.Num {
					if c := find(r, model, n); c != nil {
						return f(c)
					}
					return metric.Num(math.NaN())
				})
				exists = exists || cell.N > 0
				row.Cells = append(row.Cells, cell)
			}
		}
		if exists {
			t.Rows = append(t.Rows, row)
		}
	}
	add(group{method: "zeroshot", runs: groups[0].runs[:1]}, "zero-shot", "zero_shot")
	for _, g := range groups {
		if g.method != "zeroshot" {
			add(g, g.title(named)+", global", "global")
			add(g, g.title(named)+", personal", "personal")
		}
	}
	return t
}

// contributions says which branch decides right personal predictions, group by group.
func contributions(groups []group) Table {
	first := groups[0].runs[0].Result
	t := Table{Name: "contribution", Title: "Share of right personal predictions that the global branch decided, last round, percent",
		Note: "By logit: ℓ_G[y] > ℓ_P[y], as in the paper; by margin: the larger softmax margin, which a constant between the branches does not bias."}
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
	return tabulate(residual, t, names, true, func(i int, r *metric.Result) metric.Num {
		var right, won int64
		for _, c := range first.Groups[i/2].Classes {
			if c >= len(r.Contribution) {
				continue
			}
			right += r.Contribution[c].Right
			if i%2 == 0 {
				won += r.Contribution[c].GlobalRaw
			} else {
				won += r.Contribution[c].GlobalMargin
			}
		}
		if right == 0 {
			return metric.Num(math.NaN())
		}
		return metric.Num(float64(won) / float64(right))
	})
}
