package figures

import (
	"math"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// three classes, of which zero-shot has 5, 5 and 8 of ten test images right.
func result(data, seed uint64, right [3]int64, clients ...metric.Client) *metric.Result {
	counts := func(n [3]int64) metric.Counts {
		return metric.Counts{Correct: n[:], Total: []int64{10, 10, 10}, Predicted: []int64{10, 10, 10}}
	}
	groups := []metric.Group{
		{Name: "many", Classes: []int{1}}, {Name: "medium", Classes: []int{0}}, {Name: "few", Classes: []int{2}},
	}
	return &metric.Result{
		Seed: seed, DataSeed: data, Classes: []string{"ant", "bee", "cat"}, TrainCounts: []int{50, 200, 3},
		Groups: groups, Clients: clients,
		PerClass: map[string]metric.Counts{
			"zero_shot": counts([3]int64{5, 5, 8}), "global": counts(right), "personal": counts(right),
		},
	}
}

func source(runs ...Run) Source {
	return Source{
		Methods:   []Method{{chart.Method{ID: "fedpurel", Name: "FedPuReL", Slot: 1}, runs}},
		Metrics:   metric.All(),
		Reference: -1,
	}
}

func section(t *testing.T, s Source, id string) document.Section {
	t.Helper()
	for _, section := range Sections(s) {
		if section.ID == id {
			return section
		}
	}
	t.Fatalf("no section %q", id)
	return document.Section{}
}

func TestClasses(t *testing.T) {
	s := source(Run{Result: result(1, 1, [3]int64{6, 9, 7})}, Run{Result: result(1, 2, [3]int64{6, 7, 7})})
	got := section(t, s, "classes")
	p := got.Figures[0].Panels[0]
	if want := "bee ant cat"; strings.Join(p.Names, " ") != want {
		t.Errorf("classes stand as %v", p.Names)
	}
	for i, want := range []float64{30, 10, -10} {
		if d := p.Series[0].Y[i] - want; math.Abs(d) > 1e-9 {
			t.Errorf("class %s: difference %g, want %g", p.Names[i], p.Series[0].Y[i], want)
		}
	}
	if len(p.Regions) != 3 || p.Regions[2].From != 1.5 || p.Regions[2].To != 2.5 || p.Regions[2].Name != "few" {
		t.Errorf("groups are %+v", p.Regions)
	}
	if want := "Few-shot classes: FedPuReL falls more than 5 points on 1 of 1"; got.Title != want {
		t.Errorf("title %q", got.Title)
	}
	heat := got.Heats[2]
	if row := heat.Rows[0]; row.Name != "cat" || row.Zero != 80 || row.Values[0] != 70 || row.Count != 3 {
		t.Errorf("heat map row %+v", row)
	}
}

func TestMistakes(t *testing.T) {
	zero := []int32{0, 0, 2, 2, 1}
	s := source(
		Run{Result: result(1, 1, [3]int64{}), Zero: zero, Predicted: []int32{1, 1, 1, 2, 1}},
		Run{Result: result(1, 2, [3]int64{}), Zero: zero, Predicted: []int32{1, 0, 1, 2, 1}})
	s.Labels = []int32{0, 0, 1, 2, 2}
	rows := section(t, s, "mistakes").Figures[0].Rows
	if len(rows) != 2 || len(rows[0].Lines) != 1 || len(rows[1].Lines) != 1 {
		t.Fatalf("panels %+v", rows)
	}
	added, cured := rows[0].Lines[0], rows[1].Lines[0]
	if added.Name != "ant" || added.Sub != "taken for bee" || *added.From != 0 || added.Marks[0].X != 1.5 {
		t.Errorf("added: %+v", added)
	}
	if cured.Name != "bee" || cured.Sub != "taken for cat" || *cured.From != 1 || cured.Marks[0].X != 0 {
		t.Errorf("cured: %+v", cured)
	}
	s.Labels = s.Labels[1:] // of another test split
	for _, section := range Sections(s) {
		if section.ID == "mistakes" {
			t.Error("predictions of other images are counted")
		}
	}
}

func TestClientsGain(t *testing.T) {
	at := func(zero, global float64, train int) metric.Client {
		return metric.Client{
			Train: train, Test: 10,
			ZeroShot: metric.Num(zero), Global: metric.Num(global), Personal: metric.Num(global),
		}
	}
	s := source(Run{Result: result(1, 1, [3]int64{}, at(.5, .6, 10), at(.5, .5001, 20), at(.5, .4, 30))})
	got := section(t, s, "clients")
	if want := "Personal models: 1 of 3 clients gain with FedPuReL"; got.Title != want {
		t.Errorf("title %q: what shows as 0.0 is no gain", got.Title)
	}
	if y := got.Figures[0].Panels[0].Series[0].Y; math.Abs(y[0]-10) > 1e-9 || math.Abs(y[2]+10) > 1e-9 {
		t.Errorf("differences %v", y)
	}
}
