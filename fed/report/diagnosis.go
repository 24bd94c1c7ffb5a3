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
		Note: "drift: ‖φ_k − φ_g‖ of local training from its start, drift_new: from the new average (root mean square, weighted like it); angle: degrees between task and alignment gradient before " +
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
	return tabulate(groups, t, columns(false, names...), func(i int, r *Run) metric.Num { return meanOf(r.Rounds, names[i]) })
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

// columns are columns of one kind.
func columns(percent bool, names ...string) []Column {
	var all []Column
	for _, n := range names {
		all = append(all, Column{n, percent})
	}
	return all
}

// tabulate is a table with one row for every trained method.
func tabulate(groups []group, t Table, columns []Column, value func(column int, r *Run) metric.Num) Table {
	t.Columns = columns
	named := several(groups)
	for _, g := range trained(groups) {
		row := Row{Label: g.title(named)}
		for i := range columns {
			row.Cells = append(row.Cells, g.overRuns(func(r *Run) metric.Num { return value(i, r) }))
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
	return tabulate(groups, t, columns(false, "TKL", "TKL reversed", "KL", "soft cross-entropy"), func(i int, r *Run) metric.Num { return pick[i](&r.Result.Last) })
}

// best names every run's best round. Choosing a round by its test accuracy is peeking.
func best(groups []group) Table {
	t := Table{Name: "best", Title: "Best round, chosen by the global model's test accuracy: too good by the choice, not for comparison"}
	pick := []func(*metric.Best) metric.Num{
		func(b *metric.Best) metric.Num { return b.Scores.Global.All }, func(b *metric.Best) metric.Num { return b.Scores.Personal.All },
		func(b *metric.Best) metric.Num { return metric.Num(b.Round) },
	}
	all := append(columns(true, "global, best round", "personal, best round"), Column{"round", false})
	return tabulate(groups, t, all, func(i int, r *Run) metric.Num {
		if r.Result.Best == nil {
			return metric.Num(math.NaN())
		}
		return pick[i](r.Result.Best)
	})
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
	return tabulate(groups, t, columns(true, names...), func(i int, r *Run) metric.Num { return r.Result.LastTen.Global.NoZero[i] })
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
	return tabulate(residual, t, columns(true, names...), func(i int, r *Run) metric.Num {
		var right, won int64
		for _, class := range first.Groups[i/2].Classes {
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
			return metric.Num(math.NaN())
		}
		return metric.Num(float64(won) / float64(right))
	})
}
