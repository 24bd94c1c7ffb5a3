package report

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/statistics"
)

// place is where a run stands in a comparison: its data seed, which draws long tail and partition, and its training
// seed. What is repeated is the data: all runs of one data seed together are one repetition.
type place struct{ data, seed uint64 }

func placeOf(r *metric.Result) place { return place{r.DataSeed, r.Seed} }

// byData lists the values of a quantity that exist, data seed by data seed.
func (g group) byData(f func(*Run) float64) (values [][]float64) {
	at := map[uint64]int{}
	for i := range g.runs {
		v := f(&g.runs[i])
		if math.IsNaN(v) {
			continue
		}
		seed := g.runs[i].Result.DataSeed
		if _, seen := at[seed]; !seen {
			at[seed] = len(values)
			values = append(values, nil)
		}
		values[at[seed]] = append(values[at[seed]], v)
	}
	return values
}

// cellOf is mean and standard deviation over data seeds, of the mean over the training seeds of each; where there is
// one data seed, over its training seeds.
func cellOf(byData [][]float64) Cell {
	mean, sd := statistics.OverSeeds(byData)
	n := len(byData)
	if n == 1 {
		n = len(byData[0])
	}
	return Cell{Mean: mean, SD: sd, N: n}
}

// one is a single value.
func one(v float64) Cell { return Cell{Mean: v, SD: math.NaN(), N: 1} }

// dataSeeds lists the data seeds of all runs, in order.
func dataSeeds(groups []group) (all []uint64) {
	for _, g := range groups {
		for _, r := range g.runs {
			all = append(all, r.Result.DataSeed)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// repeated says what means and standard deviations are over.
func repeated(groups []group) string {
	data, seeds := dataSeeds(groups), 1
	for _, g := range groups {
		for _, of := range g.byData(func(*Run) float64 { return 0 }) {
			seeds = max(seeds, len(of))
		}
	}
	const spread = "(mean ± standard deviation%s)"
	switch {
	case len(data) > 1:
		return fmt.Sprintf("%d data seeds × %s, n = %d "+spread, len(data), plural(seeds, "training seed"),
			len(data)*seeds, " over data seeds")
	case seeds > 1:
		return fmt.Sprintf("%d training seeds only, on one draw of the data "+spread, seeds, "")
	}
	return "1 seed"
}

// plural is "1 seed" or "2 seeds".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// mostLacking is how many methods are named that lack runs; of more, those that lack most.
const mostLacking = 3

// missing names the runs that a method lacks and another one has, or is empty. Of many such methods it says how many
// they are.
func missing(groups []group) string {
	all := map[place]bool{}
	for _, g := range trained(groups) {
		for _, r := range g.runs {
			all[placeOf(&r.Result)] = true
		}
	}
	type lacking struct {
		name string
		runs []string
	}
	var methods []lacking
	named := several(groups)
	for _, g := range trained(groups) {
		has := map[place]bool{}
		for _, r := range g.runs {
			has[placeOf(&r.Result)] = true
		}
		of := lacking{name: g.title(named)}
		for p := range all {
			if !has[p] {
				of.runs = append(of.runs, fmt.Sprintf("data %d seed %d", p.data, p.seed))
			}
		}
		slices.Sort(of.runs)
		if len(of.runs) > 0 {
			methods = append(methods, of)
		}
	}
	n := len(methods)
	if n > mostLacking {
		slices.SortStableFunc(methods, func(a, b lacking) int { return cmp.Compare(len(b.runs), len(a.runs)) })
		methods = methods[:mostLacking]
	}
	var say []string
	for _, of := range methods {
		if more := len(of.runs) - 3; more > 0 {
			of.runs = append(of.runs[:3], fmt.Sprintf("%d more", more))
		}
		say = append(say, of.name+" lacks "+strings.Join(of.runs, ", "))
	}
	if more := n - len(methods); more > 0 {
		return fmt.Sprintf("%d of %d methods lack runs that others have: %s; and %d more", n,
			len(trained(groups)), strings.Join(say, "; "), more)
	}
	return strings.Join(say, "; ")
}

// What tells the draws of one setting from each other in a partition's line.
var drawn = regexp.MustCompile(` \(\d+ training images\)|, data seed \d+`)

// setting is a partition's line without what data seeds draw.
func setting(r *metric.Result) string { return drawn.ReplaceAllString(r.Partition, "") }

// protocol is the line of the partitions of all runs.
func protocol(groups []group) string {
	first := &groups[0].runs[0].Result
	data := dataSeeds(groups)
	if len(data) < 2 {
		return first.Partition
	}
	var names []string
	for _, d := range data {
		names = append(names, fmt.Sprint(d))
	}
	if n := uint64(len(data)); n > 2 && data[n-1]-data[0] == n-1 {
		names = []string{fmt.Sprintf("%d–%d", data[0], data[n-1])}
	}
	return setting(first) + ", data seeds " + strings.Join(names, ", ")
}

// alone are the runs of the first data seed, for what is of one partition: its clients, and its classes where their
// order along the tail is drawn. say names it where there are others.
func alone(groups []group) (some []group, say string) {
	data := dataSeeds(groups)
	if len(data) < 2 {
		return groups, ""
	}
	for _, g := range groups {
		g.runs = slices.DeleteFunc(slices.Clone(g.runs), func(r Run) bool { return r.Result.DataSeed != data[0] })
		if len(g.runs) > 0 {
			some = append(some, g)
		}
	}
	return some, fmt.Sprintf("Data seed %d alone: others have other partitions.", data[0])
}

// sameClasses are all runs where classes have the same training images under every data seed, else those of the first.
func sameClasses(groups []group) (some []group, say string) {
	counts := groups[0].runs[0].Result.TrainCounts
	for _, g := range groups {
		for _, r := range g.runs {
			if !slices.Equal(counts, r.Result.TrainCounts) {
				return alone(groups)
			}
		}
	}
	return groups, ""
}
