package report

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// drawnFor is a method's result on the draw of a data seed.
func drawnFor(method string, data, seed uint64, right int64) metric.Result {
	r := result(method, seed, right)
	r.DataSeed, r.Division = data, fmt.Sprint("division ", data)
	r.Partition = fmt.Sprintf("a tail (%d training images), dealt, data seed %d", 200+data, data)
	return r
}

// Means and standard deviations are over data seeds, of each the mean over its training seeds.
func TestDataSeedsAreTheRepetitions(t *testing.T) {
	runs := at(
		drawnFor("fedavg", 1, 1, 6), drawnFor("fedavg", 1, 2, 8),
		drawnFor("fedavg", 2, 1, 9), drawnFor("fedavg", 2, 2, 9),
		drawnFor("zeroshot", 1, 1, 6), drawnFor("zeroshot", 2, 1, 6), drawnFor("fedpurel", 1, 1, 8),
	)
	table, err := Summary(runs, false, metric.All())
	if err != nil {
		t.Fatal(err)
	}
	// 0.5 and 0.7 under data seed 1, 0.8 twice under data seed 2: 0.6 and 0.8.
	c := table.Rows[1].Cells[0]
	if math.Abs(c.Mean-0.7) > 1e-12 || math.Abs(c.SD-math.Sqrt(0.02)) > 1e-12 || c.N != 2 {
		t.Errorf("%+v", c)
	}
	for _, say := range []string{
		"a tail, dealt, data seeds 1, 2; 3 classes; 2 data seeds × 2 training seeds, n = 4 (mean ± standard " +
			"deviation over data seeds).",
		"Not all ran under all seeds: FedPuReL lacks data 1 seed 2, data 2 seed 1, data 2 seed 2.",
	} {
		if !strings.Contains(table.Note, say) {
			t.Errorf("no %q in %q", say, table.Note)
		}
	}
	r, err := New(runs, metric.All())
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range r.Tables {
		if table.Name == "clients" != strings.Contains(table.Note, "Data seed 1 alone") {
			t.Errorf("%s: %q", table.Name, table.Note)
		}
	}
	lean := at()
	for _, r := range runs {
		lean = append(lean, Run{Dir: r.Dir, Result: Lean(r.Result)})
	}
	if again, err := Summary(lean, false, metric.All()); err != nil || again.Markdown() != table.Markdown() {
		t.Errorf("%v: of lean results another table", err)
	}
	one, err := Summary(runs[2:4], false, metric.All())
	if err != nil || !strings.Contains(one.Note, "2 training seeds only, on one draw of the data") {
		t.Errorf("%v: %q", err, one.Note)
	}
}

// Where the order of classes is drawn, class by class there is one data seed.
func TestDrawnClasses(t *testing.T) {
	other := drawnFor("fedavg", 2, 1, 8)
	other.TrainCounts = []int{5, 150, 50}
	other.Groups = metric.Groups(other.TrainCounts)
	r, err := New(at(drawnFor("fedavg", 1, 1, 6), other), metric.All())
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range r.Tables {
		if table.Name != "per-class" {
			continue
		}
		if !strings.Contains(table.Note, "Data seed 1 alone") || table.Rows[0].Cells[2].N != 1 {
			t.Errorf("%q, %+v", table.Note, table.Rows[0])
		}
	}
}

// Draws of one setting stand together; partitions that differ in more than the draw do not.
func TestSettings(t *testing.T) {
	one, other := drawnFor("fedavg", 1, 1, 6), drawnFor("fedavg", 2, 1, 6)
	for name, spoil := range map[string]func(*metric.Result){
		"another tail": func(r *metric.Result) {
			r.Partition = strings.Replace(r.Partition, "tail", "tale", 1)
		},
		"another draw of one seed":   func(r *metric.Result) { r.DataSeed = 1 },
		"another number of clients":  func(r *metric.Result) { r.Clients = nil },
		"another rule of test rows":  func(r *metric.Result) { r.LocalTest = "other" },
		"another seed, same numbers": nil,
	} {
		changed := other
		if spoil != nil {
			spoil(&changed)
		}
		changed.Seed = 2
		if _, err := Summary(at(one, changed), false, metric.All()); (err == nil) != (spoil == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Of many methods that lack runs, those that lack most are named, the others counted.
func TestManyLackRuns(t *testing.T) {
	runs := at(
		drawnFor("fedavg", 1, 1, 6), drawnFor("fedavg", 1, 2, 6), drawnFor("fedavg", 1, 3, 6),
		drawnFor("fedpurel", 1, 1, 6),
	)
	for _, label := range []string{"b", "c", "d"} {
		one, two := drawnFor("fedavg", 1, 1, 6), drawnFor("fedavg", 1, 2, 6)
		one.Label, two.Label = label, label
		runs = append(runs, at(one, two)...)
	}
	groups, err := groupRuns(runs)
	if err != nil {
		t.Fatal(err)
	}
	const want = "4 of 5 methods lack runs that others have: FedPuReL lacks data 1 seed 2, data 1 seed 3; " +
		"b lacks data 1 seed 3; c lacks data 1 seed 3; and 1 more"
	if got := missing(groups); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
