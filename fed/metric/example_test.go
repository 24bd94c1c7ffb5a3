package metric_test

import (
	"fmt"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// Counts of two test sets merge, and every figure is formed of them at the end.
func Example() {
	berlin, rome := metric.NewCounts(3), metric.NewCounts(3)
	for _, right := range []int{0, 0, 0, 1} {
		berlin.Add(right, right)
	}
	for _, wrong := range []int{1, 2} {
		rome.Add(wrong, 0)
	}
	berlin.Merge(rome)
	fmt.Printf("accuracy %.2f, by class %.1f\n", berlin.Micro(), berlin.Accuracies())
	fmt.Printf("balancedness %.3f with %v\n", berlin.Balancedness(metric.DefaultBalance), metric.DefaultBalance)
	// Output:
	// accuracy 0.67, by class [1.0 0.5 0.0]
	// balancedness 0.333 with σ = 0.02, power 2
}

// A metric of a program's own is a row in its table.
func ExampleTable() {
	table := append(metric.All(), metric.Metric{
		Name: "worst", Quantity: "accuracy", Doc: "that of the worst class", Unit: metric.Share,
		Better: metric.Higher, Scope: metric.OfModels,
		Of: func(v metric.View) float64 {
			worst := 1.0
			for _, a := range v.Accuracies() {
				worst = min(worst, a)
			}
			return worst
		},
	})
	counts := metric.NewCounts(2)
	for _, prediction := range []int{0, 0, 1} {
		counts.Add(0, prediction)
		counts.Add(1, 1)
	}
	view := metric.View{Counts: counts, Balance: metric.DefaultBalance, Groups: metric.Groups([]int{30, 3})}
	fmt.Println(table.Check())
	fmt.Printf("%.2f\n", table.Score(metric.OfModels, view).Value("worst"))
	// Output:
	// <nil>
	// 0.67
}
