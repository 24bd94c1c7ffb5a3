package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/statistics"
	"github.com/fedpurel/fedpurel/train/fault"
)

// scored is a method's result on the draw of a data seed, with a global accuracy of its own.
func scored(method string, data, seed uint64, accuracy float64) metric.Result {
	r := drawnFor(method, data, seed, 8)
	r.LastTen.Global = append(metric.Score{}, r.LastTen.Global...)
	r.LastTen.Global[0].Value = accuracy
	return r
}

// compared3 are three methods over three data seeds and two training seeds: far is above FedAvg, near hardly.
func compared3() (all []metric.Result) {
	for data := uint64(1); data <= 3; data++ {
		at := 0.5 + 0.1*float64(data)
		for seed := uint64(1); seed <= 2; seed++ {
			noise := 0.001 * float64(data*seed%3)
			all = append(all, scored("fedavg", data, seed, at), scored("fedprox", data, seed, at+0.01*noise),
				scored("fedpurel", data, seed, at+0.05+noise))
		}
		all = append(all, scored("zeroshot", data, 1, at-0.1))
	}
	return all
}

func comparisonOf(t *testing.T, reference string, results ...metric.Result) (*comparison, error) {
	t.Helper()
	groups, err := groupRuns(at(results...))
	if err != nil {
		t.Fatal(err)
	}
	return compare(groups, metric.All(), reference)
}

// Differences are paired, and their tests those of package statistics; the best is told from what a test tells it from.
func TestComparison(t *testing.T) {
	c, err := comparisonOf(t, "", compared3()...)
	if err != nil {
		t.Fatal(err)
	}
	s := c.scores[0]
	if s.heading != "global" || c.groups[c.reference].method != "fedavg" {
		t.Fatalf("%s against %s", s.heading, c.groups[c.reference].method)
	}
	want, err := statistics.Paired([][]float64{{0.651, 0.652}, {0.752, 0.751}, {0.85, 0.85}},
		[][]float64{{0.6, 0.6}, {0.7, 0.7}, {0.8, 0.8}})
	if err != nil {
		t.Fatal(err)
	}
	purel := s.differences[3]
	if math.Abs(purel.Mean-want.Mean) > 1e-12 || math.Abs(purel.P-want.P) > 1e-9 || purel.DataSeeds != 3 {
		t.Errorf("%+v, want %+v", purel, want)
	}
	if zero := s.differences[0]; math.Abs(zero.Mean+0.1) > 1e-12 || zero.Seeds != 2 || !(zero.P < 1e-6) {
		t.Errorf("zero-shot, which has one run a data seed: %+v", zero)
	}
	if fmt.Sprint(s.best) != "[false false false true]" {
		t.Errorf("best: %v", s.best)
	}
	// All are alike by few-shot accuracy.
	if few := c.scores[3]; fmt.Sprint(few.best) != "[true true true true]" || few.differences[3].P != 1 {
		t.Errorf("%s: best %v, %+v", few.heading, few.best, few.differences[3])
	}
	table := c.table()
	text := table.Markdown()
	for _, want := range []string{
		"| FedPuReL | **75.1 ± 9.9** | +5.1 [+4.9, +5.3] * | 80.0 ± 0.0 |",
		"| FedAvg | 70.0 ± 10.0 | – |", "3 data seeds × 2 training seeds, n = 6",
		"(Student's t over 3 data seeds); *: p < 0.05 after Holm over all methods",
	} {
		if !strings.Contains(strings.ReplaceAll(text, "**80.0 ± 0.0**", "80.0 ± 0.0"), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	var b bytes.Buffer
	list := c.differences()
	if err := list.CSV(&b); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(records) != 1+len(c.scores)*4 || records[4][1] != "FedPuReL" || records[4][12] != "3" {
		t.Errorf("%v: %q", err, records)
	}
	values, err := json.Marshal(c.values())
	const last = `"interval_by_drawing":[null,null],"data_seeds":3,"best":true}`
	if err != nil || !strings.Contains(string(values), last) {
		t.Errorf("%v: %s", err, values)
	}
	if len(list.Rows) != 3*len(c.scores) || !strings.Contains(list.Note, "fewer than 5, these are too short") {
		t.Errorf("%d rows, %q", len(list.Rows), list.Note)
	}
}

// One data seed gives differences, and nothing that sounds like more.
func TestOneDataSeedHasNoTests(t *testing.T) {
	c, err := comparisonOf(t, "", scored("fedavg", 1, 1, 0.5), scored("fedavg", 1, 2, 0.5),
		scored("fedpurel", 1, 1, 0.6), scored("fedpurel", 1, 2, 0.7))
	if err != nil {
		t.Fatal(err)
	}
	table := c.table()
	if got := table.Rows[1].Cells[1].Text; got != "+15.0" || table.Rows[1].Cells[0].Strong {
		t.Errorf("%q, %+v", got, table.Rows[1].Cells[0])
	}
	if !strings.Contains(table.Note, "training seeds only") || !strings.Contains(table.Note, "no p-value") {
		t.Errorf("%q", table.Note)
	}
	if rows := c.differences().Rows; len(rows) > 0 {
		t.Errorf("tests: %+v", rows)
	}
}

// A terminal shows what is tested, and no more columns than fit.
func TestComparisonOnATerminal(t *testing.T) {
	for n, results := range map[int][]metric.Result{1: compared3()[:3], 2: compared3()} {
		r, err := New(at(results...), metric.All())
		if err != nil {
			t.Fatal(err)
		}
		shown := r.Terminal()
		if len(shown) != n {
			t.Fatalf("%d tables, want %d", len(shown), n)
		}
		var b strings.Builder
		if err := shown[n-1].Terminal(&b, false); err != nil {
			t.Fatal(err)
		}
		if text := b.String(); strings.Contains(text, "Bold") || n == 2 && !strings.Contains(text, "Δ personal\n") {
			t.Errorf("%s", text)
		}
	}
}

// What one method lacks is left out of its own difference alone, and named.
func TestRaggedComparison(t *testing.T) {
	results := compared3()
	for i, r := range results {
		if r.Method == "fedpurel" && r.DataSeed == 2 && r.Seed == 2 {
			results = append(results[:i:i], results[i+1:]...)
			break
		}
	}
	c, err := comparisonOf(t, "zero-shot", results...)
	if err != nil {
		t.Fatal(err)
	}
	s := c.scores[0]
	mean := (0.1515 + 0.152 + 0.15) / 3 // of data seed 2 the first training seed
	if got := s.differences[3]; math.Abs(got.Mean-mean) > 1e-12 || got.DataSeeds != 3 || s.differences[1].Seeds != 2 {
		t.Errorf("%+v, want a mean of %v", got, mean)
	}
	if note := c.table().Note; !strings.Contains(note, "FedPuReL lacks data 2 seed 2") {
		t.Errorf("%q", note)
	}
}

func TestReference(t *testing.T) {
	labelled := scored("fedpurel", 1, 1, 0.5)
	labelled.Label = "mine"
	other := scored("fedprox", 1, 1, 0.5)
	other.Module = "gate"
	all := []metric.Result{
		scored("fedpurel", 1, 1, 0.5), labelled, scored("fedprox", 1, 1, 0.5), other, scored("zeroshot", 1, 1, 0.5),
	}
	for name, want := range map[string]string{
		"": "zero-shot", "fedpurel": "FedPuReL (lora)", "mine": "mine (lora)", "FedProx (gate)": "FedProx (gate)",
		"fedprox": "several rows", "fedavg": "no row is called",
	} {
		c, err := comparisonOf(t, name, all...)
		switch {
		case err != nil && (fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v", name, err)
		case err == nil && c.groups[c.reference].title(true) != want:
			t.Errorf("%q: %s", name, c.groups[c.reference].title(true))
		}
	}
}

// predicted is a run with random predictions: its figures, and which images are right.
func predicted(rng *rand.Rand, method string, data, seed uint64, images *Images) Run {
	r := drawnFor(method, data, seed, 8)
	global, personal := metric.NewCounts(3), metric.NewCounts(3)
	clients := make([]metric.Hits, 2)
	right := &metric.Right{Global: metric.NewRows(len(images.Class)), Personal: metric.NewRows(len(images.Class))}
	guess := func(class int) int {
		if rng.Float64() < 0.4 {
			return class
		}
		return rng.IntN(3)
	}
	for i, c := range images.Class {
		class := int(c)
		top := guess(class)
		global.Add(class, top)
		if top == class {
			right.Global.Add(i)
		}
		if k := images.Owner[i]; k >= 0 {
			top = guess(class)
			personal.Add(class, top)
			clients[k].Total++
			if top == class {
				right.Personal.Add(i)
				clients[k].Correct++
			}
		}
	}
	view := func(c metric.Counts, clients []metric.Hits) metric.View {
		return metric.View{Counts: c, Clients: clients, Groups: r.Groups, Balance: r.Balance}
	}
	r.LastTen = metric.All().Scores(view(global, nil), view(personal, clients), view(personal, clients))
	run := Run{Dir: fmt.Sprint(method, data, seed), Result: r}
	run.Hits.add(right, len(images.Class))
	run.Hits.Images = images
	return run
}

// What is drawn from are the scores of the table: every image with its weight.
func TestImagesWeighAsScoresDo(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var runs []Run
	for data := uint64(1); data <= 5; data++ {
		images := &Images{}
		for i := range 60 {
			images.Class = append(images.Class, int32(i%3))
			images.Owner = append(images.Owner, int32(rng.IntN(3)-1))
		}
		for _, method := range []string{"fedavg", "fedpurel"} {
			for seed := uint64(1); seed <= 2; seed++ {
				runs = append(runs, predicted(rng, method, data, seed, images))
			}
		}
	}
	Sort(runs)
	groups, err := groupRuns(runs)
	if err != nil {
		t.Fatal(err)
	}
	c, err := compare(groups, metric.All(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.scores {
		for i := range runs {
			of, linear := imagesOf(s.column, &runs[i])
			if !linear {
				continue
			}
			right := runs[i].Hits.Global
			if s.model == metric.Personal {
				right = runs[i].Hits.Personal
			}
			score := 0.0
			for k, w := range of.Weight {
				score += w * float64(right[k])
			}
			if want := s.of(&runs[i].Result.LastTen); math.Abs(score-want) > 1e-12 {
				t.Errorf("%s: %v, want %v", s.heading, score, want)
			}
		}
		low, high := s.bootstrap[1][0], s.bootstrap[1][1]
		if d := s.differences[1].Mean; s.metric.Name == metric.Balancedness != math.IsNaN(low) || d < low || d > high {
			t.Errorf("%s: %v in [%v, %v]", s.heading, d, low, high)
		}
	}
	if note := c.differences().Note; strings.Contains(note, "too short") {
		t.Errorf("five data seeds: %q", note)
	}
	lacking := predicted(rng, "local", 1, 1, runs[0].Hits.Images) // it takes nobody else's interval
	more, err := groupRuns(append([]Run{lacking}, runs...))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := compare(more, metric.All(), "fedavg"); err != nil || !math.IsNaN(c.scores[0].bootstrap[0][0]) ||
		math.IsNaN(c.scores[0].bootstrap[2][0]) {
		t.Errorf("%v: a method that lacks runs: %v", err, c.scores[0].bootstrap)
	}
	groups[0].runs[0].Hits = Hits{} // an older program's
	if c, err = compare(groups, metric.All(), ""); err != nil || !math.IsNaN(c.scores[0].bootstrap[1][0]) {
		t.Errorf("%v: intervals of images that are not known", err)
	}
}
