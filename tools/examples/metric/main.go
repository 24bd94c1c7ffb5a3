// Command metric adds a metric of its own to what is measured: go run ./metric CACHE
package main

import (
	"context"
	"log"
	"math"
	"os"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report"
)

// geometric is the geometric mean of the classes' accuracies: 0 as soon as one class is forgotten.
var geometric = metric.Metric{
	Name: "geometric", Quantity: "geometric mean", Unit: metric.Share, Better: metric.Higher, Scope: metric.OfModels,
	Doc: "geometric mean of the accuracies of the classes that have test images",
	Of: func(v metric.View) float64 {
		sum, n := 0.0, 0
		for _, a := range v.Accuracies() {
			if !math.IsNaN(a) { // a class without test images
				sum, n = sum+math.Log(a), n+1
			}
		}
		return math.Exp(sum / float64(n))
	},
	Headings: metric.Headings{metric.Global: "geometric", metric.Personal: "personal geometric"},
}

func main() {
	tables := lab.Default()
	tables.Metrics = append(tables.Metrics, geometric)
	specs, err := tables.Compare(lab.Settings{"cache": os.Args[1], "rounds": 20},
		[]string{"zeroshot", "fedavg", "fedpurel"}, nil, []uint64{1, 2})
	check(err)
	var runs []report.Run
	for _, spec := range specs {
		result, err := lab.Run(context.Background(), spec, "", lab.How{})
		check(err)
		runs = append(runs, report.Run{Result: *result})
	}
	table, err := report.Summary(runs, false, tables.Metrics)
	check(err)
	check(table.Terminal(os.Stdout, true))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
