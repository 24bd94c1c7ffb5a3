package report

import (
	"github.com/fedpurel/fedpurel/fed/metric"
)

// classTable is every class's accuracy, sorted by training count.
func classTable(groups []group) Table {
	groups, say := sameClasses(groups)
	first := groups[0].runs[0].Result
	t := Table{
		Name: "per-class", Title: "Accuracy of every class in percent, " + metric.LastTitle, Note: say,
		Columns: []Column{{Name: "training images"}, {Name: "zero-shot", Percent: true}},
	}
	named := several(groups)
	for _, g := range trained(groups) {
		t.Columns = append(t.Columns,
			Column{Name: g.title(named), Percent: true}, Column{Name: g.title(named) + " personal", Percent: true})
	}
	for _, c := range byCount(first.TrainCounts) {
		row := Row{Label: first.Classes[c], Cells: []Cell{
			one(float64(first.TrainCounts[c])),
			one(first.PerClass["zero_shot"].Accuracy(c)),
		}}
		for _, g := range trained(groups) {
			for _, kind := range []string{"global", "personal"} {
				row.Cells = append(row.Cells, g.over(func(r *metric.Result) float64 {
					return r.PerClass[kind].Accuracy(c)
				}))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// clientTable is every client's data and accuracies.
func clientTable(groups []group) Table {
	groups, say := alone(groups)
	first := groups[0].runs[0].Result
	t := clientColumns(groups, Table{
		Name: "clients", Title: "Clients: data, and accuracy on their own test images in percent, " + metric.LastTitle,
		Note: say,
	})
	for k, client := range first.Clients {
		name := first.ClientName(k)
		of := func(r *metric.Result) metric.Client { return r.Clients[k] }
		t.Rows = append(t.Rows, clientRow(groups, name, client, of))
	}
	return t
}

// clientColumns gives a table of clients its columns.
func clientColumns(groups []group, t Table) Table {
	t.Columns = []Column{{Name: "training images"}, {Name: "test images"}, {Name: "zero-shot", Percent: true}}
	named := several(groups)
	for _, g := range trained(groups) {
		name := g.title(named)
		t.Columns = append(t.Columns,
			Column{Name: name + " global", Percent: true}, Column{Name: name + " personal", Percent: true})
	}
	return t
}

// clientRow is a client's row: its data, and how every method does on it, as a run's result has it.
func clientRow(groups []group, name string, c metric.Client, of func(*metric.Result) metric.Client) Row {
	row := Row{Label: name, Cells: []Cell{
		one(float64(c.Train)), one(float64(c.Test)), one(float64(c.ZeroShot)),
	}}
	for _, g := range trained(groups) {
		row.Cells = append(row.Cells,
			g.over(func(r *metric.Result) float64 { return float64(of(r).Global) }),
			g.over(func(r *metric.Result) float64 { return float64(of(r).Personal) }))
	}
	return row
}
