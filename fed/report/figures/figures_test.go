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
	other := section(t, s, "mistakes")
	if len(other.Figures) > 0 {
		t.Error("predictions of other images are counted")
	}
	if other.Pictures == nil || !strings.Contains(other.Pictures.Missing, "fedpurel train") {
		t.Errorf("the section does not say what makes mistakes: %+v", other)
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

// shots are rounds that were evaluated, with these accuracies in percent.
func shots(accuracy map[int]float64) (rounds []metric.Round) {
	for n := 1; n <= 12; n++ {
		r := metric.Round{Round: n, Diagnosis: map[string]float64{"angle": 90 + float64(n)}}
		if v, ok := accuracy[n]; ok {
			r.Scores = &metric.Scores{Global: metric.Score{{Name: metric.Headline, Value: v / 100}}}
		}
		rounds = append(rounds, r)
	}
	return rounds
}

func TestRounds(t *testing.T) {
	first := Run{Result: result(1, 1, [3]int64{}), Rounds: shots(map[int]float64{5: 70, 10: 76, 11: 1, 12: 74})}
	second := Run{Result: result(1, 2, [3]int64{}), Rounds: shots(map[int]float64{5: 72, 10: 76, 11: 2, 12: 74})}
	got := section(t, source(first, second), "rounds")
	if want := "FedPuReL gives back 2.0 points after round 10"; got.Title != want {
		t.Errorf("title %q, want %q", got.Title, want)
	}
	line := got.Figures[0].Panels[0].Series[0]
	if len(line.X) != 3 || line.X[2] != 12 || math.Abs(line.Y[0]-71) > 1e-9 { // round 11 is beside the steps
		t.Errorf("the curve is %v, %v", line.X, line.Y)
	}
	if d := line.High[0] - line.Low[0] - 2*math.Sqrt2; math.Abs(d) > 1e-9 || line.End != "74.0" {
		t.Errorf("band %v to %v, end %s", line.Low, line.High, line.End)
	}
	first.Rounds = shots(map[int]float64{4: 70, 8: 74, 12: 74.04})
	if got := section(t, source(first), "rounds"); got.Title != "FedPuReL ends at its best" {
		t.Errorf("title %q", got.Title)
	}
	angle := section(t, source(first), "training").Figures[0].Panels[0]
	if angle.Levels[0].Y != 90 || len(angle.Series[0].X) != 12 || angle.Series[0].End != "102" {
		t.Errorf("angle: %+v", angle)
	}
}

// TestPairedByRun: a method that lacks a data seed is compared with zero-shot under its own.
func TestPairedByRun(t *testing.T) {
	other := result(2, 1, [3]int64{10, 10, 10})
	other.PerClass["zero_shot"] = metric.Counts{
		Correct: []int64{9, 9, 9}, Total: []int64{10, 10, 10}, Predicted: []int64{10, 10, 10},
	}
	s := source(Run{Result: result(1, 1, [3]int64{6, 6, 9})})
	s.Methods = append(s.Methods, Method{chart.Method{ID: "b", Name: "B", Slot: 2}, []Run{{Result: other}}})
	p := section(t, s, "classes").Figures[0].Panels[0]
	for i, want := range []float64{10, 10, 10} {
		if got := p.Series[1].Y[i]; math.Abs(got-want) > 1e-9 {
			t.Errorf("class %s: B gains %g, want %g", p.Names[i], got, want)
		}
	}
}

func TestReliability(t *testing.T) {
	r := result(1, 1, [3]int64{})
	bins := func(ece float64) metric.Calibration {
		c := metric.Calibration{Group: metric.Every, ECE: metric.Num(ece)}
		c.Reliability.Add(0.95, true)
		c.Reliability.Add(0.85, false)
		return c
	}
	before, after := bins(0.175), bins(0.131)
	before.Model, after.Model = "zero_shot", "global"
	r.Calibration = []metric.Calibration{before, after}
	got := section(t, source(Run{Result: r}), "calibration")
	if want := "FedPuReL brings the calibration error from 17.5 down to 13.1 %"; got.Title != want {
		t.Errorf("title %q", got.Title)
	}
	line := got.Figures[0].Panels[0].Series[1]
	if len(line.X) != 2 || math.Abs(line.X[1]-95) > 1e-9 || line.Y[1] != 100 || line.Y[0] != 0 {
		t.Errorf("bins at %v, %v", line.X, line.Y)
	}
}

func TestTitleSaysWhereModelsPart(t *testing.T) {
	r := result(1, 1, [3]int64{5, 5, 6})
	title := section(t, source(Run{Result: r}), "classes").Title
	if strings.Contains(title, "personal") {
		t.Errorf("both models lose: %s", title)
	}
	r.PerClass["personal"] = metric.Counts{Correct: []int64{5, 5, 9}, Total: []int64{10, 10, 10}}
	title = section(t, source(Run{Result: r}), "classes").Title
	if !strings.Contains(title, "is −20.0 points with its global model, +10.0 with its personal models") {
		t.Errorf("title: %s", title)
	}
}
