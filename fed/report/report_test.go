package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// result is a small made-up result: three classes, two clients.
func result(method string, seed uint64, right int64) metric.Result {
	return resultOf(metric.All(), method, seed, right)
}

// resultOf is a result with the given metrics.
func resultOf(metrics metric.Table, method string, seed uint64, right int64) metric.Result {
	groups := metric.Groups([]int{150, 50, 5})
	counts := func(k int64) metric.Counts {
		c := metric.NewCounts(3)
		for i := range 3 {
			c.Correct[i], c.Total[i], c.Predicted[i] = k-int64(i), 10, 10
		}
		return c
	}
	scores := func(k int64) metric.Scores {
		v := metric.View{
			Counts: counts(k), Groups: groups, Balance: metric.DefaultBalance,
			Moved: metric.Divergence{TKL: 0.25, N: 1},
		}
		return metrics.Scores(v, v, v)
	}
	return metric.Result{
		Format: metric.FormatVersion, Method: method, Module: "lora", Seed: seed, Rounds: 2,
		Provenance: metric.Provenance{
			Cache: "c", Division: "d", Spec: "s", Options: map[string]json.RawMessage{"rounds": []byte("2")},
		},
		Partition: "a partition", LocalTest: "a rule", Classes: []string{"cat <b>", "señor", "d|g"},
		TrainCounts: []int{150, 50, 5}, Groups: groups, Balance: metric.DefaultBalance,
		ZeroShot: scores(6), Last: scores(right), LastTen: scores(right), Averaged: 2,
		PerClass: map[string]metric.Counts{
			"zero_shot": counts(6), "global": counts(right), "personal": counts(right + 1),
		},
		Clients: []metric.Client{
			{Train: 100, Test: 15, Histogram: []int{80, 20, 0}}, {Train: 105, Test: 15, Histogram: []int{70, 30, 5}},
		},
	}
}

// folders writes runs as the program does.
func folders(t *testing.T, results ...metric.Result) string {
	t.Helper()
	root := t.TempDir()
	for _, r := range results {
		dir := filepath.Join(root, r.Method, fmt.Sprint("seed-", r.Seed))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var rounds []byte
		for i := range r.Rounds {
			s := r.Last
			rec := metric.Round{Round: i + 1, Scores: &s, Diagnosis: map[string]float64{"drift": float64(i)}}
			line, err := json.Marshal(rec)
			if err != nil {
				t.Fatal(err)
			}
			rounds = append(append(rounds, line...), '\n')
		}
		for name, b := range map[string][]byte{"spec.json": []byte("{}"), resultFile: data, roundsFile: rounds} {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return root
}

func TestReport(t *testing.T) {
	root := folders(t,
		result("fedpurel", 2, 9), result("fedpurel", 1, 7), result("fedavg", 1, 8), result("zeroshot", 1, 6))
	if err := os.MkdirAll(filepath.Join(root, "torn"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "torn", "spec.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	runs, unfinished, err := Load(root)
	if err != nil || len(unfinished) != 1 || len(runs) != 4 ||
		runs[0].Result.Method != "zeroshot" || runs[3].Result.Seed != 2 {
		t.Fatalf("%d runs, unfinished %v, %v", len(runs), unfinished, err)
	}
	r, err := New(runs, metric.All())
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	if err := r.Write(out); err != nil {
		t.Fatal(err)
	}
	golden(t, filepath.Join(out, "report.md"), "report.md")
	page, err := os.ReadFile(filepath.Join(out, PageFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, outside := range []string{"<script src", "http://", "https://", "@import", "url("} {
		if bytes.Contains(page, []byte(outside)) {
			t.Errorf("the page holds %q", outside)
		}
	}
	if !bytes.Contains(page, []byte("cat &lt;b&gt;")) || bytes.Contains(page, []byte("cat <b>")) {
		t.Error("class names are not escaped")
	}
	for _, s := range r.Document.Sections {
		if !bytes.Contains(page, []byte(`id="`+s.ID+`"`)) {
			t.Errorf("the page lacks section %s", s.ID)
		}
	}
	if n := len(r.Document.Sections); n < 5 {
		t.Errorf("%d sections", n)
	}
	file, err := os.Open(filepath.Join(out, "accuracy.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	// FedPuReL's two seeds have 6+7+8 … of 30: (21+27)/60.
	if last := records[3]; last[0] != "FedPuReL" || !strings.HasPrefix(last[1], "0.7") || last[3] != "2" {
		t.Errorf("last record %v", last)
	}
}

// golden compares a file with testdata, or rewrites testdata under -update.
func golden(t *testing.T, path, name string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(want, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	expected, err := os.ReadFile(want)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, expected) {
		t.Errorf("%s differs from %s; look at it, then run the test with -update:\n%s", path, want, got)
	}
}

func TestOneRunBesideItsZeroShot(t *testing.T) {
	table, err := Summary(WithZeroShot(Run{Dir: "x", Result: result("fedavg", 1, 8)}), false, metric.All())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := table.Terminal(&b, false); err != nil {
		t.Fatal(err)
	}
	if len(table.Rows) != 2 || table.Rows[0].Label != "zero-shot" ||
		table.Rows[0].Cells[0].Mean != 0.5 || table.Rows[1].Cells[0].Mean != 0.7 {
		t.Errorf("table:\n%s", b.String())
	}
}
