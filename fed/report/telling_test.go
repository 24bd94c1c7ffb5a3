package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// under is a result on another draw of the data.
func under(data uint64, r metric.Result) metric.Result {
	r.DataSeed, r.Division = data, fmt.Sprint("d", data)
	return r
}

// documentOf is what a report of results says.
func documentOf(t *testing.T, runs []Run) *document.Document {
	t.Helper()
	r, err := New(runs, metric.All())
	if err != nil {
		t.Fatal(err)
	}
	return r.Document
}

// texts are findings as a reader reads them.
func texts(all []document.Finding) string {
	var lines []string
	for _, f := range all {
		lines = append(lines, f.Strong+f.Rest)
	}
	return strings.Join(lines, "\n")
}

// row is the cells of a method by the names of their columns, those of personal models behind "personal".
func row(t *testing.T, g document.Grid, name string) map[string]document.GridCell {
	t.Helper()
	for _, r := range g.Rows {
		if r.Method == nil || r.Method.Name != name {
			continue
		}
		cells, i := map[string]document.GridCell{}, 0
		for _, group := range g.Groups {
			for _, c := range group.Columns {
				cells[strings.TrimSpace(strings.Fields(group.Title)[0]+" "+c.Name)] = r.Cells[i]
				i++
			}
		}
		return cells
	}
	t.Fatalf("no row %q", name)
	return nil
}

// The document's numbers are those of the tables: means, paired differences and what is bold.
func TestDocumentTellsTheTables(t *testing.T) {
	runs := at(under(1, result("fedavg", 1, 7)), under(2, result("fedavg", 1, 8)), under(1, result("fedpurel", 1, 9)),
		under(2, result("fedpurel", 1, 9)), under(1, result("zeroshot", 1, 6)), under(2, result("zeroshot", 1, 6)))
	r, err := New(runs, metric.All())
	if err != nil {
		t.Fatal(err)
	}
	d, g := r.Document, r.Document.Main
	if want := []string{"FedAvg", "zero-shot", "FedPuReL"}; !slices.Equal(g.Against, want) {
		t.Errorf("differences are to %q", g.Against)
	}
	for i, s := range r.compared.scores {
		if s.heading != "global" && s.heading != "personal" {
			continue
		}
		title := map[string]string{"global": "Global all", "personal": "Personal all"}[s.heading]
		for j, name := range []string{"zero-shot", "FedAvg", "FedPuReL"} {
			cell, difference := row(t, g, name)[title], s.differences[j]
			same := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 || math.IsNaN(a) && math.IsNaN(b) }
			if !same(cell.Value, 100*s.means[j].Mean) || !same(cell.SD, 100*s.means[j].SD) {
				t.Errorf("score %d of %s is %+v, in the table %+v", i, name, cell, s.means[j])
			}
			if got := cell.Differences[0]; !same(got.Value, 100*difference.Mean) || !same(got.Low, 100*difference.Low) {
				t.Errorf("score %d of %s differs by %+v, in the table by %+v", i, name, got, difference)
			}
			if (cell.Best || cell.Tied) != s.best[j] {
				t.Errorf("score %d of %s is best %v, tied %v, bold in the table %v",
					i, name, cell.Best, cell.Tied, s.best[j])
			}
		}
	}
	if _, is := row(t, g, "FedAvg")["Personal worst 10 %"]; is {
		t.Error("a column without values is shown")
	}
	tables := d.Sections[len(d.Sections)-1].Grids
	for _, table := range r.Tables {
		if table.Name != summaryName && !slices.ContainsFunc(tables, func(g document.Grid) bool {
			return g.Name == table.Name && g.Caption == table.Note && len(g.Rows) == len(table.Rows)
		}) {
			t.Errorf("table %s is lost", table.Name)
		}
	}
	if g.Interval != "95 % interval over 2 data seeds" || !strings.Contains(g.Ties, "2 data seeds") {
		t.Errorf("intervals %q, ties %q", g.Interval, g.Ties)
	}
	if line := d.Summary.Rows[0].Lines[0]; line.Marks[1].Method.Slot != 1 || line.Marks[1].Text != "+30.0" ||
		len(line.Marks[0].Seeds) != 2 {
		t.Errorf("%+v", line)
	}
}

// With one data seed numbers are bold for what they are, and no interval is given.
func TestDocumentOfTrainingSeeds(t *testing.T) {
	d := documentOf(t, at(result("fedavg", 1, 7), result("fedpurel", 1, 8), result("fedpurel", 2, 9)))
	if d.Main.Interval != "" || d.Main.Ties != "" {
		t.Errorf("intervals %q, ties %q", d.Main.Interval, d.Main.Ties)
	}
	cell := row(t, d.Main, "FedPuReL")["Global all"]
	if got := cell.Differences[0]; !cell.Best || cell.Tied || !math.IsNaN(got.Low) || math.Abs(got.Value-10) > 1e-9 {
		t.Errorf("%+v", cell)
	}
	if zero := row(t, d.Main, "zero-shot")["Global all"]; zero.Value != 50 || zero.Best { // no run of its own
		t.Errorf("zero-shot is %+v", zero)
	}
	for _, want := range []string{"(training seeds only)", "FedPuReL’s global model is right on 75.0 ± 7.1 %"} {
		if !strings.Contains(texts(d.Findings), want) {
			t.Errorf("%q is not in\n%s", want, texts(d.Findings))
		}
	}
	for _, want := range []string{"One data seed.", "FedAvg lacks data 0 seed 2", "Zero-shot gets 50.0 %"} {
		if !strings.Contains(texts(d.Warnings), want) {
			t.Errorf("%q is not in\n%s", want, texts(d.Warnings))
		}
	}
}

// A report of zero-shot alone, and one of a method without a global model, tell what there is.
func TestDocumentOfLittle(t *testing.T) {
	d := documentOf(t, at(result("zeroshot", 1, 6)))
	if d.Title != "Zero-shot" || len(d.Main.Rows) != 1 || d.Main.Against != nil || d.Summary.Rows != nil ||
		!strings.HasPrefix(texts(d.Findings), "Zero-shot is right on 50.0 % of the test images, ") {
		t.Errorf("%s: %s\n%+v", d.Title, texts(d.Findings), d.Main)
	}
	local := result("local", 1, 7)
	for _, s := range []*metric.Scores{&local.Last, &local.LastTen} {
		s.Global, s.OnLocal = nil, nil
		s.Global = metric.Score{{Name: metric.GroupAccuracy, Groups: []float64{math.NaN(), math.NaN(), math.NaN()}}}
		s.OnLocal = s.Global
	}
	d = documentOf(t, at(local))
	if len(d.Main.Groups) != 1 || !strings.HasPrefix(d.Main.Groups[0].Title, "Personal") {
		t.Errorf("columns %+v", d.Main.Groups)
	}
	text, want := texts(d.Findings), "Personal models reach 60.0 % with local only, 10.0 points above zero-shot"
	if !strings.HasPrefix(text, want) || strings.Contains(text, "\n") {
		t.Error(text)
	}
}

// Nothing of a document names a folder of the machine.
func TestDocumentNamesNoFolder(t *testing.T) {
	runs := at(result("fedavg", 1, 7), result("fedpurel", 1, 8))
	for i := range runs {
		runs[i].Dir, runs[i].Cache = fmt.Sprint("/home/somebody/runs/", i), "/home/somebody/cache"
	}
	if text := fmt.Sprintf("%+v", *documentOf(t, runs)); strings.Contains(text, "somebody") {
		t.Error(text)
	}
}
