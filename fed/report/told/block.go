package told

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// block is the commands that make the runs again: those recorded or, of older runs, their specs.
func (n *numbers) block() string {
	const report = "fedpurel report runs --out report\n"
	if n.Origin.Command != "" {
		return n.Origin.Command + "\n" + report
	}
	var b strings.Builder
	for i, r := range n.Rows {
		spec := r.Runs[0].Spec
		if spec == nil || i == 0 && string(spec["method"]) != `"zeroshot"` {
			continue // unknown, or zero-shot that has no run of its own
		}
		fmt.Fprintf(&b, "cat > %s.json <<'END'\n%s\nEND\n", r.Method.ID, rewritten(spec))
		b.WriteString(n.loops(i, string(spec["partition_file"])))
	}
	return b.String() + report
}

// rewritten is a spec without what the command line names, and without folders.
func rewritten(spec map[string]json.RawMessage) string {
	kept := map[string]json.RawMessage{}
	for name, value := range spec {
		empty := string(value) == `""`
		switch {
		case slices.Contains([]string{"cache", "seed", "data_seed"}, name):
		case empty && (name == "partition_file" || name == "label"):
		case name == "partition_file":
			kept[name] = json.RawMessage(`"partition.json"`)
		default:
			kept[name] = value
		}
	}
	text, _ := json.Marshal(kept) // of values that were JSON
	return string(text)
}

// loops train under a row's seeds, zero-shot under one of each data seed. A partition that is made already has no data
// seed.
func (n *numbers) loops(row int, file string) string {
	data, training := map[uint64]bool{}, map[uint64]bool{}
	for _, run := range n.Rows[row].Runs {
		data[run.Result.DataSeed], training[run.Result.Seed] = true, true
	}
	seeds, id := slices.Sorted(maps.Keys(training)), n.Rows[row].Method.ID
	if row == 0 {
		seeds = seeds[:1]
	}
	train := "fedpurel train --spec " + id + ".json --cache cache"
	if file != "" && file != `""` {
		return "for seed in " + listOf(seeds) + "; do\n" +
			"  " + train + " --seed $seed --out runs/" + id + "/seed-$seed\ndone\n"
	}
	return "for data in " + listOf(slices.Sorted(maps.Keys(data))) + "; do for seed in " + listOf(seeds) +
		"; do\n  " + train + " --data-seed $data --seed $seed --out runs/" + id + "/data-$data/seed-$seed\ndone; done\n"
}

// listOf writes numbers beside each other.
func listOf(seeds []uint64) string { return strings.Trim(fmt.Sprint(seeds), "[]") }
