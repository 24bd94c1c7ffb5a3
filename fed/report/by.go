package report

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/fed/report/document"
	"github.com/fedpurel/fedpurel/fed/report/told"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Keys are what By can divide runs by.
var Keys = []string{"dataset", "imbalance", "beta", "module"}

// CheckKeys reports a key that there is not, or that is named twice.
func CheckKeys(keys []string) error {
	for i, k := range keys {
		if !slices.Contains(Keys, k) {
			return fault.Usagef("report: runs cannot be divided by %q: choose among %s", k, strings.Join(Keys, ", "))
		}
		if slices.Contains(keys[:i], k) {
			return fault.Usagef("report: --by names %s twice", k)
		}
	}
	return nil
}

// Part is the runs that have one value of every key.
type Part struct {
	Title  string // what they have in common
	Folder string // for a report of their own: Title in letters, digits and hyphens
	Runs   []Run
	values []string
}

// Divide divides runs by Keys, in the order of their values.
func Divide(keys []string, runs []Run) ([]Part, error) {
	if err := CheckKeys(keys); err != nil {
		return nil, err
	}
	trains := func(r Run) bool { return r.Result.Method != "zeroshot" }
	if slices.ContainsFunc(runs, trains) { // whose results hold zero-shot's scores
		runs = slices.DeleteFunc(slices.Clone(runs), func(r Run) bool { return !trains(r) })
	}
	var parts []Part
	for _, r := range runs {
		var values []string
		for _, k := range keys {
			values = append(values, valueOf(k, &r))
		}
		at := slices.IndexFunc(parts, func(p Part) bool { return slices.Equal(p.values, values) })
		if at < 0 {
			at = len(parts)
			parts = append(parts, Part{values: values, Title: common(keys, values)})
		}
		parts[at].Runs = append(parts[at].Runs, r)
	}
	slices.SortStableFunc(parts, func(a, b Part) int { return slices.CompareFunc(a.values, b.values, natural) })
	taken := map[string]bool{}
	for i := range parts {
		parts[i].Folder = told.Identifier(parts[i].Title, taken)
	}
	return parts, nil
}

// common says what runs have in common.
func common(keys, values []string) string {
	var all []string
	for i, v := range values {
		if keys[i] == "dataset" || keys[i] == "module" {
			all = append(all, v)
		} else {
			all = append(all, keys[i]+" "+v)
		}
	}
	return strings.Join(all, ", ")
}

// Join puts the scores of parts' reports into one table: a row for each method, a group of columns for each part.
// Nothing is averaged over parts. A method that a part lacks has dashes there.
func Join(keys []string, parts []Part, reports []*Report) *document.Grid {
	joined := &joint{rows: map[string]int{}, Grid: &document.Grid{
		Name: "by", Title: "Accuracy by " + strings.Join(keys, ", "),
		Caption: "Percent, mean ± standard deviation as in the report of each part; nothing is averaged over parts. " +
			"Bold is the best of a column. All: the global model on the test set; few: on few-shot classes; " +
			"personal: mean over the clients.",
	}}
	for i, p := range parts {
		joined.join(p.Title, &reports[i].Document.Main)
	}
	return joined.Grid
}

// natural compares values as numbers where both are.
func natural(a, b string) int {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	switch {
	case errX != nil || errY != nil:
		return strings.Compare(a, b)
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

var (
	tailOf = regexp.MustCompile(`IF=([0-9.e+-]+)`)
	betaOf = regexp.MustCompile(`β=([0-9.e+-]+)`)
)

// valueOf is what a run has for a key, or "none".
func valueOf(key string, r *Run) string {
	found := func(in *regexp.Regexp) string {
		if m := in.FindStringSubmatch(r.Result.Partition); m != nil {
			return m[1]
		}
		return "none"
	}
	switch key {
	case "imbalance":
		return found(tailOf)
	case "beta":
		return found(betaOf)
	case "module":
		return r.Result.Module
	}
	if r.Made.Data != "" {
		return r.Made.Data
	}
	var card struct{ Data string }
	if readFile(&card, r.Dir, "model", "card.json") && card.Data != "" {
		return card.Data
	}
	if n := len(r.Result.Cache); n > 8 {
		return "cache " + r.Result.Cache[:8]
	}
	return fmt.Sprintf("%d classes", len(r.Result.Classes))
}

// toldOf are the scores that a part's columns have: the beginning of the main table's header, the column below it, and
// what it is called here.
var toldOf = []struct{ header, column, name string }{
	{"Global", "all", "all"}, {"Global", "few", "few"}, {"Personal", "all", "personal"},
}

// joint is a table that grows by parts.
type joint struct {
	*document.Grid
	rows  map[string]int // by name
	width int            // columns so far
}

// join adds a part's columns, and rows that no part before had.
func (j *joint) join(title string, main *document.Grid) {
	group := document.GridGroup{Title: title}
	var from []int
	for _, t := range toldOf {
		at := 0
		for _, g := range main.Groups {
			for _, c := range g.Columns {
				if strings.HasPrefix(g.Title, t.header) && c.Name == t.column {
					group.Columns = append(group.Columns, document.GridColumn{Name: t.name, Digits: c.Digits})
					from = append(from, at)
				}
				at++
			}
		}
	}
	none := document.GridCell{Value: math.NaN(), SD: math.NaN()}
	for _, r := range main.Rows {
		at, seen := j.rows[r.Method.Name]
		if !seen {
			at = len(j.Rows)
			j.rows[r.Method.Name] = at
			empty := slices.Repeat([]document.GridCell{none}, j.width)
			j.Rows = append(j.Rows, document.GridRow{Label: r.Method.Name, Cells: empty})
		}
		for _, i := range from {
			cell := r.Cells[i]
			cell.Differences = nil
			j.Rows[at].Cells = append(j.Rows[at].Cells, cell)
		}
	}
	j.width += len(from)
	for i := range j.Rows {
		for len(j.Rows[i].Cells) < j.width {
			j.Rows[i].Cells = append(j.Rows[i].Cells, none)
		}
	}
	j.Groups = append(j.Groups, group)
}
