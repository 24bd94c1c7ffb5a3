package told

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/document"
	"github.com/fedpurel/fedpurel/fed/statistics"
)

// most is how many rows differences are shown to.
const most = 12

// grid is the main table: every number that there is of the models, and its differences to other rows.
func (n *numbers) grid() document.Grid {
	g := document.Grid{
		Name: "main", Title: "All numbers",
		Caption: "Percent, " + metric.AveragedTitle + "; " + n.Repeated +
			". Differences are in points, formed before rounding.",
	}
	against := n.against()
	for _, i := range against {
		g.Against = append(g.Against, n.Rows[i].Method.Name)
	}
	for i := range n.Rows {
		g.Rows = append(g.Rows, document.GridRow{Method: &n.Rows[i].Method})
	}
	columns := n.columns()
	for _, model := range metric.Models() {
		group := document.GridGroup{Title: over[model]}
		for _, c := range columns {
			if c.model != model {
				continue
			}
			cells := n.column(c, against)
			if cells == nil {
				continue
			}
			group.Columns = append(group.Columns, document.GridColumn{
				Name: c.short(), Digits: c.digits(), Smaller: c.metric.Better == metric.Lower,
			})
			for i := range g.Rows {
				g.Rows[i].Cells = append(g.Rows[i].Cells, cells[i])
			}
		}
		if group.Columns != nil {
			g.Groups = append(g.Groups, group)
		}
	}
	if len(n.data) > 1 && len(n.Rows) > 1 {
		g.Interval = fmt.Sprintf("95 %% interval over %d data seeds", len(n.data))
		g.Ties = fmt.Sprintf("not told apart from the best over %d data seeds (paired t, p ≥ %g after Holm)",
			len(n.data), statistics.Level)
	} else {
		g.Caption += " Bold is the best number; nothing is tested, as one draw of the data says nothing of another one."
	}
	return g
}

// worstDecile is the metric of the worst tenth of the clients.
const worstDecile = "worst_decile"

// over are the headers of a model's columns.
var over = map[metric.Model]string{
	metric.Global: "Global model, all test images", metric.OnLocal: "On clients",
	metric.Personal: "Personal models, on clients",
}

// short is a column's name below its model's header.
func (c column) short() string {
	switch {
	case c.metric.Name == metric.Accuracy && c.model == metric.OnLocal:
		return "global"
	case c.metric.Name == metric.Accuracy:
		return "all"
	case c.metric.Name == metric.Balancedness:
		return "balanced"
	case c.metric.Name == worstDecile:
		return "worst 10 %"
	default:
		return strings.TrimPrefix(c.heading, "personal ")
	}
}

// digits are those behind the point.
func (c column) digits() int {
	if c.metric.Unit == metric.Share {
		return 1
	}
	return 3
}

// against lists the rows that differences are to: the reference, zero-shot, the others.
func (n *numbers) against() []int {
	if len(n.Rows) < 2 {
		return nil
	}
	all := []int{n.Reference}
	for i := range n.Rows {
		if i != n.Reference && len(all) < most {
			all = append(all, i)
		}
	}
	return all
}

// column are one score's cells by row, or nil where no trained row has any.
func (n *numbers) column(c column, against []int) []document.GridCell {
	cells := make([]document.GridCell, len(n.Rows))
	some := false
	for i := range n.Rows {
		mean, sd := n.Seeds.Over(i, c.value)
		cells[i] = document.GridCell{Value: mean, SD: sd}
		some = some || there(mean) && (i > 0 || len(n.Rows) == 1)
		for _, j := range against {
			d := document.Difference(None())
			if i != j {
				d = document.Difference(n.gap(i, j, c))
			}
			cells[i].Differences = append(cells[i].Differences, d)
		}
	}
	if !some {
		return nil
	}
	n.mark(cells, c)
	return cells
}

// mark marks the best, and what the test does not tell from it: all rows against the best, Holm over them. Without a
// test the best is what shows as the best number.
func (n *numbers) mark(cells []document.GridCell, c column) {
	best := -1
	for i := range cells {
		if there(cells[i].Value) && (best < 0 || c.metric.Better.Beats(cells[i].Value, cells[best].Value)) {
			best = i
		}
	}
	if best < 0 || c.metric.Better == metric.Neither || len(cells) < 2 {
		return
	}
	cells[best].Best = true
	shown := func(v float64) string { return fmt.Sprintf("%.*f", c.digits(), v) }
	if len(n.data) < 2 {
		for i := range cells {
			cells[i].Best = shown(cells[i].Value) == shown(cells[best].Value)
		}
		return
	}
	p := slices.Repeat([]float64{math.NaN()}, len(cells))
	for i := range cells {
		if i != best {
			if d, ok := n.Seeds.Paired(i, best, c.value); ok {
				p[i] = d.P
			}
		}
	}
	for i, adjusted := range statistics.Holm(p) {
		cells[i].Tied = i != best && there(cells[i].Value) && !(adjusted < statistics.Level)
	}
}
