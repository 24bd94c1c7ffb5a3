package report

import (
	"fmt"
	"strings"

	"github.com/fedpurel/fedpurel/fed/metric"
)

const summaryName = "accuracy"

// Summary is the main table: global and personal models, averaged over the last rounds, over seeds. last chooses the
// last round instead of the mean of several. Its columns are those of metrics.
func Summary(runs []Run, last bool, metrics metric.Table) (Table, error) {
	groups, err := groupRuns(runs)
	if err != nil {
		return Table{}, err
	}
	first := runs[0].Result
	scores := func(r *metric.Result) *metric.Scores { return &r.LastTen }
	t := Table{Name: summaryName, Title: "Accuracy in percent, " + metric.AveragedTitle}
	if last {
		scores = func(r *metric.Result) *metric.Scores { return &r.Last }
		t.Name, t.Title = "accuracy-last", "Accuracy in percent, "+metric.LastTitle
	}
	columns := columnsOf(metrics, first.Groups, func(m metric.Metric) bool {
		return m.Scope == metric.OfModels && m.ReleaseOf == ""
	})
	t.Columns, t.Headline = heads(columns), headline(columns, first.Groups)
	named := several(groups)
	for _, g := range groups {
		row := Row{Label: g.title(named)}
		for _, c := range columns {
			row.Cells = append(row.Cells, g.over(func(r *metric.Result) float64 { return c.of(scores(r)) }))
		}
		t.Rows = append(t.Rows, row)
	}
	t.Lead = first.Cautions()
	for _, r := range runs {
		if r.Result.TrainImages > 0 { // older programs do not record it
			t.Lead = r.Result.Cautions()
			break
		}
	}
	t.Note = note(first, groups, legends(columns))
	return t, nil
}

// Lean is a result with no more than Summary reads of it, for who keeps many.
func Lean(r metric.Result) metric.Result {
	r.Clients = make([]metric.Client, len(r.Clients)) // whose number is compared
	r.PerClass, r.Best, r.Right, r.Unseen, r.Calibration, r.Contribution = nil, nil, nil, nil, nil, nil
	return r
}

// note states everything that the figures depend on.
func note(r metric.Result, groups []group, legends []string) string {
	analogue := ""
	for _, g := range groups {
		a := g.runs[0].Result.Analogue
		if a != "" && g.method != "zeroshot" && !strings.Contains(analogue, g.module) {
			analogue += fmt.Sprintf(" Module %s works on frozen features: it is an analogue of %s, not the same.",
				g.module, a)
		}
	}
	parts := append([]string{
		protocol(groups), fmt.Sprintf("%d classes", len(r.Classes)),
		repeated(groups) + ". global: the averaged model on the whole test set",
		"many, medium, few: mean per-class accuracy of classes with >100, 21–100, ≤20 training images",
		fmt.Sprintf("personal: mean over clients on their own test images (%s)", r.LocalTest),
		"personal groups are pooled over clients",
	}, legends...)
	text := fmt.Sprintf("%s. Balancedness with %s.", strings.Join(parts, "; "), r.Balance)
	if lacks := missing(groups); lacks != "" {
		text += " Not all ran under all seeds: " + lacks + "."
	}
	return text + analogue + unrecorded(groups)
}

// unrecorded says how many results of several do not say what they depend on.
func unrecorded(groups []group) string {
	all, without := map[string]bool{}, map[string]bool{}
	for _, g := range groups {
		for _, r := range g.runs {
			if all[r.Dir] = true; !r.Result.Recorded() {
				without[r.Dir] = true
			}
		}
	}
	if len(all) < 2 || len(without) == 0 {
		return ""
	}
	return fmt.Sprintf(" Not checked: %d of %d runs are by an older program, which did not record cache and options; "+
		"they may not belong together (--resume adds the record).", len(without), len(all))
}
