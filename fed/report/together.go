package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/fault"
)

// groupRuns collects the runs of every row: those of one method, module and label that differ in nothing but their data
// seed and their seed.
// Runs under other options are rows of their own, which name what differs.
func groupRuns(runs []Run) ([]group, error) {
	if err := sameData(runs); err != nil {
		return nil, err
	}
	var alike []group
	for _, r := range runs {
		a := r.Result
		module := a.Module
		if a.Method == "zeroshot" {
			module = ""
		}
		if n := len(alike); n > 0 {
			if g := &alike[n-1]; g.method == a.Method && g.module == module && g.label == a.Label {
				g.runs = append(g.runs, r)
				continue
			}
		}
		alike = append(alike, group{method: a.Method, module: module, label: a.Label, runs: []Run{r}})
	}
	var groups []group
	for _, g := range alike {
		parts, err := g.split()
		if err != nil {
			return nil, err
		}
		groups = append(groups, parts...)
	}
	seen := map[string]string{}
	for i := range groups {
		g := &groups[i]
		g.place = i
		for _, r := range g.runs {
			id := fmt.Sprint(g.method, "/", g.module, "/", g.label, "/", g.options, "/", placeOf(&r.Result))
			if other, dup := seen[id]; dup {
				return nil, fault.Usagef("report: %s and %s are the same method, module and seeds; report them apart, "+
					"or give them a --label each", other, r.Dir)
			}
			seen[id] = r.Dir
		}
	}
	return groups, nil
}

// sameData refuses runs on different data: in one table they would be meaningless, and tables take what runs share from
// the first. Under one data seed all have the same partition; another data seed is another draw of the same setting.
func sameData(runs []Run) error {
	first := runs[0]
	cached := first // the first that records its cache
	divided := map[uint64]Run{}
	for _, r := range runs {
		a, b, other, why := &first.Result, &r.Result, first.Dir, ""
		if cached.Result.Cache == "" {
			cached = r
		}
		same, seen := divided[b.DataSeed]
		if !seen || same.Result.Division == "" { // the first that record theirs
			divided[b.DataSeed] = r
		}
		if !seen {
			same = r
		}
		switch s := &same.Result; {
		case !slices.Equal(a.Classes, b.Classes):
			why = "their classes differ, or the order of these does"
		case b.Cache != "" && !b.SameData(&cached.Result.Provenance):
			other, why = cached.Dir, "their caches differ"
		case setting(a) != setting(b) || a.LocalTest != b.LocalTest || len(a.Clients) != len(b.Clients):
			why = "their partitions differ"
		case s.Partition != b.Partition || !slices.Equal(s.TrainCounts, b.TrainCounts) ||
			b.Division != "" && s.Division != "" && s.Division != b.Division:
			other, why = same.Dir, "their partitions differ"
		case a.Balance != b.Balance:
			why = "their constants of balancedness differ"
		}
		if why != "" {
			return fault.Usagef("report: %s and %s ran on different data or constants: %s; report them apart",
				other, r.Dir, why)
		}
	}
	return nil
}

// split divides runs by their options. Those of older programs, which recorded none, stay with the others where these
// are of one kind: the table's note says so.
func (g group) split() ([]group, error) {
	var specs []string // in the order of the runs
	bySpec := map[string][]Run{}
	recorded := 0
	for _, r := range g.runs {
		spec := r.Result.Spec
		if bySpec[spec] == nil {
			specs = append(specs, spec)
			recorded += min(len(spec), 1)
		}
		bySpec[spec] = append(bySpec[spec], r)
	}
	if recorded < 2 {
		return []group{g}, nil
	}
	var parts []group
	for _, spec := range specs {
		part := g
		part.runs = bySpec[spec]
		parts = append(parts, part)
	}
	return parts, nameParts(parts)
}

// nameParts gives groups that differ in their options the names and values of those in which they do.
func nameParts(parts []group) error {
	values := map[string]map[string]bool{} // of every option
	for _, g := range parts {
		for name := range g.runs[0].Result.Options {
			values[name] = map[string]bool{}
		}
	}
	for _, g := range parts {
		if options := g.runs[0].Result.Options; options != nil {
			for name := range values {
				values[name][string(options[name])] = true // none is a value, too
			}
		}
	}
	maps.DeleteFunc(values, func(_ string, v map[string]bool) bool { return len(v) < 2 })
	names := slices.Sorted(maps.Keys(values))
	taken := map[string]string{}
	for i := range parts {
		g := &parts[i]
		g.options = "options not recorded"
		if r := &g.runs[0].Result; r.Options != nil {
			g.options = said(r, names)
		}
		if other, dup := taken[g.options]; dup {
			return fault.Usagef("report: %s and %s are the same method and module under other options, which "+
				"result.json does not name; report them apart, or give them a --label each", other, g.runs[0].Dir)
		}
		taken[g.options] = g.runs[0].Dir
	}
	return nil
}

// said writes the named options of a result, as far as it reads them; if it reads none, that.
func said(r *metric.Result, names []string) string {
	var read, not []string
	for _, name := range names {
		value, ok := r.Options[name]
		if !ok {
			not = append(not, name+" not read")
			continue
		}
		text := string(value)
		var s string
		if json.Unmarshal(value, &s) == nil && s != "" {
			text = s
		}
		read = append(read, name+" "+text)
	}
	if read == nil {
		read = not
	}
	return strings.Join(read, ", ")
}

// Same is the runs of one row of a table: those that differ in nothing but data seed and seed.
type Same struct {
	Title   string // of the row in a table of one module
	Variant string // what tells them from others of the same method and module; empty where nothing needs to
	Options string // the options of those that do, beside the label
	Runs    []Run
}

// BySeed divides sorted runs so. What may not stand in one table is an error.
func BySeed(runs []Run) ([]Same, error) {
	groups, err := groupRuns(runs)
	if err != nil {
		return nil, err
	}
	var all []Same
	for _, g := range groups {
		one := Same{Title: g.title(false), Options: g.options, Runs: g.runs}
		if g.label != "" || g.options != "" {
			one.Variant = g.title(false)
		}
		all = append(all, one)
	}
	return all, nil
}
