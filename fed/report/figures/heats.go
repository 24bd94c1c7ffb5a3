package figures

import (
	"fmt"

	"github.com/fedpurel/fedpurel/fed/report/chart"
)

// heats are all classes in percent, a table for each group.
func heats(methods []Method) (all []chart.Heat) {
	first := methods[0].Runs[0].Result
	zero := zeroBefore(methods)
	var columns []chart.HeatColumn
	var values [][]float64
	for _, kind := range []string{"global", "personal"} {
		for _, m := range methods {
			if at := m.accuracies(kind); !allNaN(at) {
				columns = append(columns, chart.HeatColumn{Method: m.Method, Model: kind})
				values = append(values, at)
			}
		}
	}
	order := byCount(first.TrainCounts)
	seen := map[int]bool{}
	for _, g := range first.Groups {
		in := map[int]bool{}
		for _, c := range g.Classes {
			in[c] = !seen[c]
			seen[c] = true
		}
		title, _ := called(g)
		heat := chart.Heat{Title: title, Columns: columns}
		for _, c := range order {
			if !in[c] {
				continue
			}
			row := chart.HeatRow{Class: c, Name: first.Classes[c], Count: first.TrainCounts[c], Zero: zero[c]}
			for _, v := range values {
				row.Values = append(row.Values, v[c])
			}
			heat.Rows = append(heat.Rows, row)
		}
		if len(heat.Rows) > 0 {
			heat.Sub = fmt.Sprintf("%d classes", len(heat.Rows))
			all = append(all, heat)
		}
	}
	return all
}
