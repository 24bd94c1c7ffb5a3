package watch

import (
	"fmt"
	"math"
	"path/filepath"
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
		Warnings: w.warnings(now, len(groups)),
	}
	groups = groups[:min(len(groups), mostMethods)]
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

// headline says how far the run in hand is, the one whose last round is the newest.
func headline(runs []*run) string {
	var newest *run
	finished := 0
	for _, r := range runs {
		if r.finished {
			finished++
		} else if len(r.rounds) > 0 && (newest == nil || r.last.After(newest.last)) {
			newest = r
		}
	}
	of := fmt.Sprintf("%d of %d runs finished", finished, len(runs))
	switch {
	case len(runs) == 0:
		return "Waiting for the first run"
	case finished == len(runs) && finished == 1:
		return "The run is finished"
	case finished == len(runs):
		return fmt.Sprintf("All %d runs are finished", finished)
	case newest == nil:
		return "Waiting for the first round · " + of
	}
	_, left := newest.pace()
	text := fmt.Sprintf("Round %d of %d · %s left", newest.done(), newest.spec.Rounds, spell(left))
	if len(runs) > 1 {
		text += " in this run · " + of
	}
	return text
}

// spell writes a span of time in its largest unit.
func spell(d time.Duration) string {
	switch {
	case d < 100*time.Second:
		return fmt.Sprintf("%.0f s", math.Ceil(d.Seconds()))
	case d < 100*time.Minute:
		return fmt.Sprintf("%.0f min", d.Minutes())
	default:
		return fmt.Sprintf("%.1f h", d.Hours())
	}
}

// bases are the names of folders, which say nothing of where on the machine they lie.
func bases(dirs []string) (all []string) {
	for _, dir := range dirs {
		if full, err := filepath.Abs(dir); err == nil {
			dir = full
		}
		all = append(all, filepath.Base(dir))
	}
	return all
}

func (w *Runs) warnings(now time.Time, groups int) (all []document.Finding) {
	for _, r := range w.sorted() {
		if silence := r.quiet(now); silence > 0 {
			all = append(all, document.Finding{
				Strong: fmt.Sprintf("Nothing new of %s for %s.", filepath.Base(r.dir), spell(silence)),
				Rest:   "If it was interrupted, --resume continues it.",
			})
		}
	}
	if len(all) > 3 {
		all = append(all[:3], document.Finding{Strong: fmt.Sprintf("Nothing new of %d more runs.", len(all)-3)})
	}
	if groups > mostMethods {
		all = append(all, document.Finding{
			Strong: fmt.Sprintf("%d methods are not shown.", groups-mostMethods), Rest: "Watch fewer folders at once.",
		})
	}
	return all
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
