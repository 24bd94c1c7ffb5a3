package report

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/fault"
)

// group is the runs of one method, or one labelled variant of it, under several seeds: one row of a table.
type group struct {
	method, module, label string
	place                 int // among the groups; decides the colour of variants
	runs                  []Run
}

// titles of the methods, as a reader knows them.
var titles = map[string]string{
	"zeroshot": "zero-shot", "fedavg": "FedAvg", "fedpurel": "FedPuReL", "local": "local only",
	"ditto": "Ditto", "fedper": "FedPer", "fedprox": "FedProx", "scaffold": "SCAFFOLD",
}

// title names the row; modules of the zero-shot classifier do not matter.
func (g group) title(several bool) string {
	t := titles[g.method]
	if g.label != "" {
		t = g.label
	}
	if t == "" {
		t = g.method
	}
	if several && g.method != "zeroshot" {
		t += " (" + g.module + ")"
	}
	return t
}

// groupRuns collects equal methods. Runs on different data in one table would be meaningless: that is an error.
func groupRuns(runs []Run) ([]group, error) {
	first := runs[0].Result
	var groups []group
	seen := map[string]string{}
	for _, r := range runs {
		a := r.Result
		if a.Partition != first.Partition || len(a.Classes) != len(first.Classes) || a.Balance != first.Balance {
			return nil, fault.Usagef("report: %s and %s ran on different data, partitions or constants of "+
				"balancedness; report them apart", runs[0].Dir, r.Dir)
		}
		module := a.Module
		if a.Method == "zeroshot" {
			module = ""
		}
		id := fmt.Sprint(a.Method, "/", module, "/", a.Label, "/", a.Seed)
		if other, dup := seen[id]; dup {
			return nil, fault.Usagef("report: %s and %s are the same method, module and seed; report them apart, "+
				"or give them a --label each", other, r.Dir)
		}
		seen[id] = r.Dir
		if n := len(groups); n > 0 {
			if g := &groups[n-1]; g.method == a.Method && g.module == module && g.label == a.Label {
				g.runs = append(g.runs, r)
				continue
			}
		}
		groups = append(groups, group{a.Method, module, a.Label, len(groups), []Run{r}})
	}
	return groups, nil
}

// trained are the groups that have rounds: all but the zero-shot classifier.
func trained(groups []group) []group {
	var out []group
	for _, g := range groups {
		if g.method != "zeroshot" {
			out = append(out, g)
		}
	}
	return out
}

// zeroShot is the zero-shot classifier that every run holds, as a group of one run.
func zeroShot(groups []group) group { return group{method: "zeroshot", runs: groups[0].runs[:1]} }

// several reports whether more than one module occurs, so that rows must name theirs.
func several(groups []group) bool {
	module := ""
	for _, g := range groups {
		if g.module != "" && module != "" && g.module != module {
			return true
		}
		if g.module != "" {
			module = g.module
		}
	}
	return false
}

// Cell is a quantity over seeds.
type Cell struct {
	Mean, SD float64 // NaN where it does not exist; SD is NaN for a single seed
	N        int
}

// over forms a cell from a quantity of every run's result.
func (g group) over(f func(*metric.Result) float64) Cell {
	return g.overRuns(func(r *Run) float64 { return f(&r.Result) })
}

// overRuns forms a cell from a quantity of every run.
func (g group) overRuns(f func(*Run) float64) Cell {
	var v []float64
	for i := range g.runs {
		if x := f(&g.runs[i]); !math.IsNaN(x) {
			v = append(v, x)
		}
	}
	switch len(v) {
	case 0:
		return Cell{math.NaN(), math.NaN(), 0}
	case 1:
		return Cell{v[0], math.NaN(), 1}
	}
	mean, sd := stat.MeanStdDev(v, nil)
	return Cell{mean, sd, len(v)}
}

// percent is "71.2 ± 0.4", "71.2", or "–".
func (c Cell) percent() string {
	switch {
	case math.IsNaN(c.Mean):
		return "–"
	case math.IsNaN(c.SD):
		return fmt.Sprintf("%.1f", 100*c.Mean)
	default:
		return fmt.Sprintf("%.1f ± %.1f", 100*c.Mean, 100*c.SD)
	}
}

// plain is a quantity that is no share.
func (c Cell) plain() string {
	switch {
	case math.IsNaN(c.Mean):
		return "–"
	case math.IsNaN(c.SD):
		return fmt.Sprintf("%.3g", c.Mean)
	default:
		return fmt.Sprintf("%.3g ± %.1g", c.Mean, c.SD)
	}
}
