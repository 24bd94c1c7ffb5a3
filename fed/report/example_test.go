package report_test

import (
	"log"
	"os"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report"
)

// A table of runs, whose results come from run folders, by Load, or from memory.
func ExampleSummary() {
	result := func(method string, seed uint64, accuracy float64) metric.Result {
		counts := metric.NewCounts(2)
		for i := range 10 {
			label := i % 2
			predicted := label
			if float64(i) >= 10*accuracy {
				predicted = 1 - label
			}
			counts.Add(label, predicted)
		}
		view := metric.View{Counts: counts, Groups: metric.Groups([]int{30, 3}), Balance: metric.DefaultBalance}
		scores := metric.All().Scores(view, view, view)
		return metric.Result{
			Format: metric.FormatVersion, Method: method, Module: "linear", Seed: seed, Classes: []string{"cat", "dog"},
			TrainCounts: []int{30, 3}, Groups: view.Groups, Balance: view.Balance, Partition: "two clients",
			ZeroShot: scores, Last: scores, LastTen: scores, Averaged: 1, Rounds: 1,
		}
	}
	runs := []report.Run{{Result: result("fedavg", 1, 0.8)}, {Result: result("fedavg", 2, 0.6)}}
	table, err := report.Summary(runs, false, metric.All())
	if err != nil {
		log.Fatal(err)
	}
	table.Note = ""
	if err := table.Terminal(os.Stdout, false); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Accuracy in percent, mean of the last rounds (up to ten)
	//         global       few          balancedness  personal     personal few
	// FedAvg  70.0 ± 14.1  70.0 ± 14.1  100.0 ± 0.0   70.0 ± 14.1  70.0 ± 14.1
	// --wide shows 14 more columns.
}
