package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// mostShown is how many methods figures show: there are as many colours and markers.
const mostShown = 12

// shown are the trained groups that figures show, by their place: ours, the reference, and the best of the others by
// the accuracy of the global model or, without one, of the personal ones.
func (c *comparison) shown() map[int]bool {
	order := trained(c.groups)
	score := func(g group) float64 {
		for _, model := range []metric.Model{metric.Global, metric.Personal} {
			v := g.over(func(r *metric.Result) float64 { return r.LastTen.Of(model).Value(metric.Headline) }).Mean
			if !math.IsNaN(v) {
				return v
			}
		}
		return -1
	}
	plain := func(g group) bool { return g.method == "fedpurel" && g.label == "" && g.options == "" }
	mine := slices.IndexFunc(order, plain)
	if mine < 0 {
		mine = slices.IndexFunc(order, func(g group) bool { return g.method == "fedpurel" })
	}
	scores := map[int]float64{}
	for i, g := range order {
		scores[g.place] = score(g)
		if i == mine || c.isReference(g) {
			scores[g.place] = math.Inf(1)
		}
	}
	slices.SortStableFunc(order, func(a, b group) int { return cmp.Compare(scores[b.place], scores[a.place]) })
	some := map[int]bool{}
	for _, g := range order[:min(mostShown, len(order))] {
		some[g.place] = true
	}
	return some
}

// left says how many methods figures do not show, or is empty.
func (c *comparison) left() string {
	n := len(trained(c.groups))
	if n <= mostShown {
		return ""
	}
	return fmt.Sprintf("Figures show %d of %d methods, the best by accuracy, FedPuReL and the reference among them; "+
		"tables have all.", mostShown, n)
}
