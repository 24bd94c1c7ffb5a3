package told

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// facts collects what sentences are made of.
func (n *numbers) facts() Facts {
	f := Facts{
		Family: n.Origin.Family, Classes: len(n.first.Classes), Data: len(n.data), Seeds: n.seeds, Setting: n.setting(),
	}
	groups := n.first.Groups
	few, many := rarest(groups), commonest(groups)
	if few >= 0 {
		f.Few, f.Many = called(groups[few]), called(groups[many])
	}
	all, onClients := n.of(metric.Headline, metric.Global, 0), n.of(metric.Headline, metric.OnLocal, 0)
	rare, common := n.of(metric.GroupAccuracy, metric.Global, few), n.of(metric.GroupAccuracy, metric.Global, many)
	f.Zero = Zero{n.mean(0, all), n.mean(0, common), n.mean(0, rare), n.mean(0, onClients)}
	personal := n.of(metric.Headline, metric.Personal, 0)
	order := n.order(all, personal)
	model := func(i int, c column) Model {
		mean, sd := n.Seeds.Over(i, c.value)
		m := Model{mean, sd, n.gap(i, 0, c), None()}
		if len(order) > 1 && i != order[1] {
			m.Against = n.gap(i, order[1], c)
		}
		return m
	}
	for _, i := range order {
		m := Method{
			Name: n.Rows[i].Method.Name, Global: model(i, all), Personal: model(i, personal), Few: n.gap(i, 0, rare),
			Many: n.gap(i, 0, common),
		}
		m.Better, m.Clients = n.Rows[i].better()
		f.Methods = append(f.Methods, m)
	}
	return f
}

// rarest is the group of few-shot classes or, if there are none, the last that has any.
func rarest(groups []metric.Group) int {
	few := min(2, len(groups)-1)
	if few >= 0 && len(groups[few].Classes) == 0 {
		for few = len(groups) - 1; few > 0 && len(groups[few].Classes) == 0; few-- {
		}
	}
	return few
}

// commonest is the first group that has classes.
func commonest(groups []metric.Group) int {
	return max(slices.IndexFunc(groups, func(g metric.Group) bool { return len(g.Classes) > 0 }), 0)
}

// called is what sentences call the classes of a group.
func called(g metric.Group) string {
	if slices.Contains([]string{"many", "medium", "few"}, g.Name) {
		return g.Name + "-shot classes"
	}
	return "classes of the " + g.Name
}

// order is how rows are told: ours, or else the best; then the reference, or else the best of the others; then all
// others as they stand.
func (n *numbers) order(global, personal column) []int {
	var left []int
	first := -1
	for i, r := range n.trained() {
		left = append(left, i+1)
		if r.Method.Slot == 1 {
			first = i + 1
		}
	}
	best := func() int {
		best, score := -1, math.NaN()
		for _, c := range []column{global, personal} {
			for _, i := range left {
				if v := n.mean(i, c); there(v) && !(score >= v) {
					best, score = i, v
				}
			}
			if best >= 0 {
				return best
			}
		}
		return left[0]
	}
	var all []int
	take := func(i int) {
		all = append(all, i)
		left = slices.DeleteFunc(left, func(j int) bool { return i == j })
	}
	if len(left) > 0 {
		if first < 0 {
			first = best()
		}
		take(first)
	}
	if len(left) > 0 {
		if slices.Contains(left, n.Reference) {
			take(n.Reference)
		} else {
			take(best())
		}
	}
	return append(all, left...)
}

// better counts the clients whose personal models do better than zero-shot on their own test images, of those that have
// such: under each data seed, of the mean over training seeds.
func (r Row) better() (better, clients int) {
	type client struct {
		seed uint64
		k    int
	}
	sums, counts := map[client]float64{}, map[client]float64{}
	for _, run := range r.Runs {
		for k, c := range run.Result.Clients {
			if d := float64(c.Personal - c.ZeroShot); there(d) {
				at := client{run.Result.DataSeed, k}
				sums[at], counts[at] = sums[at]+d, counts[at]+1
			}
		}
	}
	for at, sum := range sums {
		clients++
		if way(100*sum/counts[at]) > 0 {
			better++
		}
	}
	return better, clients
}

var imbalance = regexp.MustCompile(`IF=([0-9.]+)`)

// setting is what all runs share.
func (n *numbers) setting() Setting {
	s := Setting{Name: n.Origin.Data, Clients: len(n.first.Clients), Encoder: n.Origin.Encoder}
	if found := imbalance.FindStringSubmatch(n.first.Partition); found != nil {
		s.Imbalance, _ = strconv.ParseFloat(found[1], 64)
	}
	add := func(to []float64, v float64) []float64 {
		if slices.Contains(to, v) {
			return to
		}
		return append(to, v)
	}
	var rounds []float64
	for _, r := range n.trained() {
		result := r.Runs[0].Result
		if !slices.Contains(s.Modules, r.Module) {
			s.Modules = append(s.Modules, r.Module)
		}
		var fraction float64
		if json.Unmarshal(result.Options["fraction"], &fraction) == nil && fraction > 0 {
			s.Fractions = add(s.Fractions, fraction)
		}
		if result.Rounds > 0 {
			rounds = add(rounds, float64(result.Rounds))
		}
	}
	for _, v := range rounds {
		s.Rounds = append(s.Rounds, int(v))
	}
	return s
}

// known is what must be known before numbers are quoted.
func (n *numbers) known() Known {
	k := Known{
		Notes: n.Origin.Notes, Quantized: n.Origin.Quantized, Missing: n.Missing,
		Unrecorded: strings.TrimSpace(n.Unchecked), Test: int(n.first.PerClass["zero_shot"].Seen()),
		Hardly: metric.Unknown(n.first.ZeroShot.Global.Value(metric.Accuracy), len(n.first.Classes)),
	}
	for _, r := range n.trained() {
		of := r.Runs[0].Result.Analogue
		if of == "" {
			continue
		}
		at := slices.IndexFunc(k.Analogues, func(a Analogue) bool { return a.Of == of })
		if at < 0 {
			at = len(k.Analogues)
			k.Analogues = append(k.Analogues, Analogue{nil, of})
		}
		if a := &k.Analogues[at]; !slices.Contains(a.Modules, r.Module) {
			a.Modules = append(a.Modules, r.Module)
		}
	}
	for _, row := range n.Rows {
		for _, run := range row.Runs {
			if r := run.Result; r.LeftOut != "" && k.LeftOut == "" {
				k.LeftOut = r.Cautions()[0]
			}
		}
	}
	return k
}
