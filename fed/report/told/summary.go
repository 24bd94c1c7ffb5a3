package told

import (
	"fmt"

	"gonum.org/v1/gonum/stat"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/chart"
)

// summary is what every method gains and loses over zero-shot, one quantity below the other.
func (n *numbers) summary() chart.Figure {
	rows := chart.Rows{
		Zero: "zero-shot", X: chart.Axis{Label: "points above or below zero-shot", Signed: true},
	}
	add := func(c column, name, sub string, apart bool) bool {
		line := chart.Row{Name: name, Sub: sub, Apart: apart}
		for i, r := range n.trained() {
			if r.Hidden {
				continue
			}
			if m, is := n.markOf(i+1, c); is {
				line.Marks = append(line.Marks, m)
			}
		}
		if line.Marks != nil {
			rows.Lines = append(rows.Lines, line)
		}
		return line.Marks != nil
	}
	add(n.of(metric.Headline, metric.Global, 0), "All classes", "global model, all test images", false)
	for g, group := range n.first.Groups {
		if g < 3 || len(n.first.Groups[2].Classes) == 0 && g == len(n.first.Groups)-1 {
			name, sub := words(group)
			add(n.of(metric.GroupAccuracy, metric.Global, g), name, sub, false)
		}
	}
	apart := len(rows.Lines) > 0
	for _, of := range []struct {
		metric    string
		model     metric.Model
		name, sub string
	}{
		{metric.Headline, metric.OnLocal, "Global, on clients", "mean over the clients"},
		{metric.Headline, metric.Personal, "Personal models", "mean over the clients"},
		{worstDecile, metric.Personal, "Worst clients", "personal, worst tenth"},
	} {
		if add(n.of(of.metric, of.model, 0), of.name, of.sub, apart) {
			apart = false
		}
	}
	f := chart.Figure{
		Name: "summary", Title: "Points above or below zero-shot", Across: 1,
		Caption: capital("accuracy, ") + metric.AveragedTitle + ". " + n.marks(),
	}
	if n.Shown != "" {
		f.Caption += " " + n.Shown
	}
	if rows.Lines != nil {
		f.Rows = []chart.Rows{rows}
	}
	return f
}

// marks says what a mark, its bar and its ticks are.
func (n *numbers) marks() string {
	switch {
	case len(n.data) > 1:
		return fmt.Sprintf("Mark: mean over %d data seeds; bar: ± one standard deviation; ticks: data seeds.",
			len(n.data))
	case n.seeds > 1:
		return fmt.Sprintf("Mark: mean over %d training seeds; bar: ± one standard deviation; ticks: seeds.", n.seeds)
	default:
		return "One run of each method."
	}
}

// words are a group's name and rule in a chart.
func words(g metric.Group) (name, sub string) {
	switch g.Name {
	case "many":
		return "Many-shot", fmt.Sprintf(">%d training images", metric.ManyAbove)
	case "medium":
		return "Medium-shot", fmt.Sprintf("%d–%d training images", metric.FewUpTo+1, metric.ManyAbove)
	case "few":
		return "Few-shot", fmt.Sprintf("≤%d training images", metric.FewUpTo)
	default:
		return capital(g.Name), g.Rule
	}
}

// markOf is a row's difference to zero-shot: over data seeds or, of one, over training seeds.
func (n *numbers) markOf(row int, c column) (chart.Mark, bool) {
	mean, sd := n.Seeds.Over(row, c.gain)
	if !there(mean) {
		return chart.Mark{}, false
	}
	m := chart.Mark{
		Method: n.Rows[row].Method, X: mean, Low: mean - sd, High: mean + sd, Text: signed(mean),
	}
	byData := n.Seeds.ByData(row, c.gain)
	if len(byData) == 1 {
		m.Seeds = byData[0]
	} else {
		for _, of := range byData {
			m.Seeds = append(m.Seeds, stat.Mean(of, nil))
		}
	}
	if len(m.Seeds) < 2 {
		m.Seeds = nil
	}
	return m, true
}
