package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// group is the runs of one method, or one variant of it, under several data and training seeds: one row of a table.
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

// title names the row, with its module where there are several and its label does not say it; those of the zero-shot
// classifier do not matter.
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
	if several && g.method != "zeroshot" && !slices.Contains(words(t), g.module) {
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

// words are those of a title; a hyphen joins.
func words(title string) []string {
	return strings.FieldsFunc(title, func(r rune) bool {
		return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
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

// zeroShot is the zero-shot classifier that every run holds, as a group of one run for each data seed.
func zeroShot(groups []group) group {
	zero, seen := group{method: "zeroshot"}, map[uint64]bool{}
	for _, g := range groups {
		for _, r := range g.runs {
			if !seen[r.Result.DataSeed] {
				seen[r.Result.DataSeed] = true
				zero.runs = append(zero.runs, r)
			}
		}
	}
	return zero
}

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

// Cell is a quantity over seeds: over data seeds where there are several, else over training seeds.
type Cell struct {
	Mean, SD float64 // NaN where it does not exist; SD is NaN for a single seed
	N        int     // of the seeds that they are over
	Text     string  // shown in place of the numbers, if not empty
	Strong   bool    // shown in bold
}

// over forms a cell from a quantity of every run's result.
func (g group) over(f func(*metric.Result) float64) Cell {
	return g.overRuns(func(r *Run) float64 { return f(&r.Result) })
}

// overRuns forms a cell from a quantity of every run.
func (g group) overRuns(f func(*Run) float64) Cell { return cellOf(g.byData(f)) }

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
