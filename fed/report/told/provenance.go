package told

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// provenance is what makes the report repeatable. It names no folder of the user's machine.
func (n *numbers) provenance() document.Provenance {
	var p document.Provenance
	add := func(name, value string) {
		if value != "" {
			p.Facts = append(p.Facts, [2]string{name, value})
		}
	}
	o := &n.Origin
	add("data", n.dataFact())
	add("clients’ test images", n.first.LocalTest)
	add("columns", n.columnFact())
	add("encoder", n.encoderFact())
	add("module", listed(n.setting().Modules))
	shared, differ := n.options()
	add("options of all", shared)
	add("differs between methods", differ)
	add("seeds", n.seedFact())
	add("numbers", fmt.Sprintf("%s in table, summary and sentences; the last round by class, client and picture; "+
		"nothing is chosen on test images",
		metric.AveragedTitle))
	add("training time", n.timeFact())
	add("environment", strings.Join(o.Environment, "; "))
	add("cache", n.first.Cache)
	add("partition", n.partitionFact())
	add("command", o.Command)
	p.Block = n.block()
	return p
}

// dataFact is the data and how they are divided.
func (n *numbers) dataFact() string {
	parts := []string{count(len(n.first.Classes), "class", "classes")}
	if n.Origin.Data != "" {
		parts = append([]string{n.Origin.Data}, parts...)
	}
	if n.first.TrainImages > 0 {
		parts = append(parts, fmt.Sprintf("%d training images before the long tail", n.first.TrainImages))
	}
	parts = append(parts, fmt.Sprintf("%d test images", n.first.PerClass["zero_shot"].Seen()))
	return strings.Join(parts, ", ") + "; " + n.Protocol
}

// columnFact is what the columns of the main table are.
func (n *numbers) columnFact() string {
	parts := []string{
		"global: the averaged model on the whole test set",
		fmt.Sprintf("many, medium, few: mean per-class accuracy of classes with >%d, %d–%d, ≤%d training images over "+
			"all clients", metric.ManyAbove, metric.FewUpTo+1, metric.ManyAbove, metric.FewUpTo),
		"personal: mean over clients on their own test images",
		"groups of classes of personal models are pooled over clients", "balancedness with " + n.first.Balance.String(),
	}
	for _, c := range n.columns() {
		if l := c.metric.Legend; l != "" && !slices.Contains(parts, l) {
			parts = append(parts, l)
		}
	}
	return strings.Join(parts, "; ")
}

// encoderFact is what made the features.
func (n *numbers) encoderFact() string {
	o := &n.Origin
	var parts []string
	for _, part := range []string{o.Encoder, o.Family} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if o.Dim > 0 {
		parts = append(parts, fmt.Sprintf("%d dimensions", o.Dim))
	}
	if o.Scale > 0 {
		parts = append(parts, fmt.Sprintf("logit scale %.4g", o.Scale))
	}
	text := strings.Join(parts, ", ")
	if o.Quantized != "" {
		text += ", quantized (" + o.Quantized + ")"
	}
	switch len(o.Templates) {
	case 0:
	case 1:
		text += "; prompt “" + o.Templates[0] + "”"
	default:
		text += fmt.Sprintf("; %d prompts such as “%s”", len(o.Templates), o.Templates[0])
	}
	return text
}

// options are those that all methods that read them share, and those that differ, each value with whose it is.
func (n *numbers) options() (shared, differ string) {
	whose := map[string]map[string][]string{} // by option and value
	for _, r := range n.trained() {
		for name, raw := range r.Runs[0].Result.Options {
			value := string(raw)
			if whose[name] == nil {
				whose[name] = map[string][]string{}
			}
			whose[name][value] = append(whose[name][value], r.Method.Name)
		}
	}
	var same, other []string
	for _, name := range slices.Sorted(maps.Keys(whose)) {
		values := whose[name]
		if len(values) == 1 {
			same = append(same, name+" "+plainOption(slices.Sorted(maps.Keys(values))[0]))
			continue
		}
		var of []string
		for _, value := range slices.Sorted(maps.Keys(values)) {
			who := strings.Join(values[value], "; ")
			if n := len(values[value]); n > named {
				who = fmt.Sprintf("%d methods", n)
			}
			of = append(of, plainOption(value)+" ("+who+")")
		}
		other = append(other, name+" "+strings.Join(of, ", "))
	}
	return strings.Join(same, ", "), strings.Join(other, "; ")
}

// plainOption is a value as people read it: a text without quotation marks if it needs none, a number with at most six
// digits unless it is whole. Exact ones are in the runs' specs.
func plainOption(raw string) string {
	var text string
	if json.Unmarshal([]byte(raw), &text) == nil && text != "" {
		return text
	}
	var number float64
	if json.Unmarshal([]byte(raw), &number) == nil && number != math.Trunc(number) {
		return fmt.Sprintf("%.6g", number)
	}
	return raw
}

// seedFact lists the seeds.
func (n *numbers) seedFact() string {
	text := "data " + seedList(n.data)
	if len(n.training) > 0 {
		text = "training " + seedList(n.training) + "; " + text
	}
	return text
}

// seedList writes ascending seeds: those in a row as a range.
func seedList(seeds []uint64) string {
	var parts []string
	for i := 0; i < len(seeds); {
		j := i
		for j+1 < len(seeds) && seeds[j+1] == seeds[j]+1 {
			j++
		}
		part := strconv.FormatUint(seeds[i], 10)
		switch {
		case j == i+1:
			part += ", " + strconv.FormatUint(seeds[j], 10)
		case j > i:
			part += "–" + strconv.FormatUint(seeds[j], 10)
		}
		parts, i = append(parts, part), j+1
	}
	return strings.Join(parts, ", ")
}

// mostTimed is how many methods' training times are listed; of more, the shortest and the longest.
const mostTimed = 4

// timeFact is how long training took, evaluation included.
func (n *numbers) timeFact() string {
	var parts []string
	shortest, longest := math.Inf(1), 0.0
	for _, r := range n.trained() {
		seconds := 0.0
		for _, run := range r.Runs {
			seconds += run.Seconds / float64(len(r.Runs))
		}
		if seconds > 0 {
			parts = append(parts, fmt.Sprintf("%s %.2g s", r.Method.Name, seconds))
			shortest, longest = min(shortest, seconds), max(longest, seconds)
		}
	}
	switch {
	case parts == nil:
		return ""
	case len(parts) > mostTimed:
		return fmt.Sprintf("a run, with evaluation: %.2g to %.2g s, by method", shortest, longest)
	}
	return "a run, with evaluation: " + strings.Join(parts, "; ")
}

// partitionFact are the partitions' checksums, by data seed.
func (n *numbers) partitionFact() string {
	sums := map[uint64]string{}
	for _, r := range n.Rows {
		for _, run := range r.Runs {
			if run.Result.Division != "" {
				sums[run.Result.DataSeed] = run.Result.Division
			}
		}
	}
	var parts []string
	for _, seed := range slices.Sorted(maps.Keys(sums)) {
		if len(sums) == 1 {
			return sums[seed]
		}
		parts = append(parts, fmt.Sprintf("data seed %d %s", seed, sums[seed]))
	}
	return strings.Join(parts, "; ")
}
