package watch

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// mostMethods is how many a page has colours for.
const mostMethods = 12

// report is what there is to show, as a document.
func (w *Runs) report(now time.Time) *document.Document {
	groups := w.groups()
	d := &document.Document{
		Title: headline(w.sorted()),
		Deck: fmt.Sprintf("Training in %s, as far as it goes. The full report comes from fedpurel report, once runs "+
			"are finished.", strings.Join(bases(w.dirs), ", ")),
		Findings: w.notices(now, len(groups)),
	}
	groups = newest(groups, mostMethods)
	methods := slots(groups)
	if w.zero() != nil {
		d.Methods = append(d.Methods, chart.Method{ID: "zero-shot", Name: "zero-shot"})
	}
	d.Methods = append(d.Methods, methods...)
	d.Main = numbers(groups, methods)
	figures := []chart.Figure{
		figure(chart.Figure{
			Name: "accuracy", Title: "Accuracy over rounds", Shared: true,
			Caption: "Percent correct in rounds with an evaluation: means over seeds, bands ± 1 standard deviation.",
		}, accuracies, groups, methods, w.zero()),
		figure(chart.Figure{
			Name: "training", Title: "What training does", Caption: "Means over the clients of a round.",
		}, diagnoses, groups, methods, nil),
	}
	for _, f := range figures {
		if len(f.Panels) > 0 {
			d.Sections = append(d.Sections, section(f))
		}
	}
	return d
}

// section is a figure with its title above.
func section(f chart.Figure) document.Section {
	s := document.Section{ID: f.Name, Nav: strings.ToUpper(f.Name[:1]) + f.Name[1:], Title: f.Title, Caption: f.Caption}
	f.Title, f.Caption = "", ""
	s.Figures = []chart.Figure{f}
	return s
}

// newest are at most n of the groups, those that still train or did so last, in the order that they had.
func newest(groups []*group, n int) []*group {
	last := func(g *group) (at time.Time) {
		for _, r := range g.runs {
			if r.last.After(at) {
				at = r.last
			}
		}
		return at
	}
	byTime := slices.Clone(groups)
	slices.SortStableFunc(byTime, func(a, b *group) int { return last(b).Compare(last(a)) })
	byTime = byTime[:min(len(groups), n)]
	return slices.DeleteFunc(groups, func(g *group) bool { return !slices.Contains(byTime, g) })
}

// slots gives the groups their colours: ours the first, wherever it stands.
func slots(groups []*group) (all []chart.Method) {
	ours := slices.IndexFunc(groups, func(g *group) bool { return g.ours })
	next := 1
	if ours >= 0 {
		next = 2
	}
	for i, g := range groups {
		m := chart.Method{ID: fmt.Sprintf("m%d", i+1), Name: g.title, Slot: 1}
		if i != ours {
			m.Slot = next
			next++
		}
		all = append(all, m)
	}
	return all
}

func word(name string) document.GridColumn { return document.GridColumn{Name: name, Words: true} }

// numbers is the newest numbers of every method.
func numbers(groups []*group, methods []chart.Method) document.Grid {
	grid := document.Grid{
		Name: "now", Title: "Now", Caption: "Percent at the last evaluation, means over seeds.",
		Groups: []document.GridGroup{
			{Title: "Progress", Columns: []document.GridColumn{word("round"), word("runs")}},
			{Title: "Accuracy"},
			{Title: "Time", Columns: []document.GridColumn{word("a round"), word("left")}},
		},
	}
	for _, q := range accuracies {
		grid.Groups[1].Columns = append(grid.Groups[1].Columns, document.GridColumn{Name: q.name, Digits: 1})
	}
	words := func(text string) document.GridCell {
		return document.GridCell{Value: math.NaN(), SD: math.NaN(), Text: text}
	}
	for i, g := range groups {
		front, finished := g.runs[0], 0
		for _, r := range g.runs {
			if r.finished {
				finished++
			} else if front.finished || r.done() > front.done() {
				front = r
			}
		}
		round, left := front.pace()
		row := document.GridRow{Method: &methods[i], Cells: []document.GridCell{
			words(fmt.Sprintf("%d of %d", front.done(), front.spec.Rounds)),
			words(fmt.Sprintf("%d of %d finished", finished, len(g.runs))),
		}}
		for _, q := range accuracies {
			cell := document.GridCell{Value: math.NaN(), SD: math.NaN()}
			if line := g.line(q, methods[i]); len(line.Y) > 0 {
				cell.Value = line.Y[len(line.Y)-1]
			}
			row.Cells = append(row.Cells, cell)
		}
		row.Cells = append(row.Cells, words(fmt.Sprintf("%.2g s", round.Seconds())), words(spell(left)))
		grid.Rows = append(grid.Rows, row)
	}
	return grid
}
