package report

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/stat"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// group is the runs of one method, or one variant of it, under several seeds: one row of a table.
type group struct {
	method, module, label string
	options               string // those that tell it from other groups of the same method, module and label
	place                 int    // among the groups; decides the colour of variants
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
	if title := g.runs[0].Result.Title; title != "" && g.method == g.runs[0].Result.Method {
		t = title
	}
	if t == "" {
		t = g.method
	}
	var of []string
	if several && g.method != "zeroshot" {
		of = append(of, g.module)
	}
	if g.options != "" {
		of = append(of, g.options)
	}
	if of == nil {
		return t
	}
	return t + " (" + strings.Join(of, ", ") + ")"
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
		return digits(c.Mean, 3)
	default:
		return digits(c.Mean, 3) + " ± " + digits(c.SD, 1)
	}
}

// digits writes a number with so many digits; whole ones, such as counts, and those that have more before the point,
// without any behind it.
func digits(v float64, n int) string {
	if v == math.Trunc(v) || math.Abs(v) >= math.Pow10(n) {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.*g", n, v)
}
