package report

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// extended is the table with three rows of a program's own.
func extended() metric.Table {
	worst := func(v metric.View) float64 {
		least := math.NaN()
		for _, a := range v.Accuracies() {
			if !(a >= least) {
				least = a
			}
		}
		return least
	}
	return append(metric.All(),
		metric.Metric{
			Name: "worst_class", Quantity: "worst accuracy", Doc: "accuracy of the worst class", Unit: metric.Share,
			Better: metric.Higher, Scope: metric.OfModels, Of: worst,
			Headings: metric.Headings{metric.Global: "worst class", metric.Personal: "personal worst class"},
			Legend:   "worst class: the one with the lowest accuracy",
			Curve:    "Accuracy of the worst class, global (solid) and personal (dashed), under {balance}.",
		},
		metric.Metric{
			Name: "far", Quantity: "twice the divergence", Doc: "twice the temperature-aligned divergence",
			Unit: metric.Nats, Better: metric.Lower, Scope: metric.FromZeroShot,
			Of:       func(v metric.View) float64 { return 2 * v.Moved.TKL / float64(v.Moved.N) },
			Headings: metric.Headings{metric.Global: "far"}, Legend: "far: twice as far", Curve: "Far.",
		},
		metric.Metric{
			Name: "size", Quantity: "größe", Doc: "number of classes", Better: metric.Neither, Scope: metric.OfModels,
			PerGroup: true, Of: func(v metric.View) float64 { return float64(len(v.Group.Classes)) },
			Headings: metric.Headings{metric.OnLocal: "size of {group}"}, Curve: "Size.",
		})
}

// A row is all that a metric needs to be in result.json, rounds.jsonl, tables, CSV and figures.
func TestMetricOfOnesOwn(t *testing.T) {
	table := extended()
	root := folders(t, resultOf(table, "fedavg", 1, 8), resultOf(table, "fedpurel", 1, 9))
	runs, _, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(runs, table)
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	if err := r.Write(out); err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(root, "fedavg", "seed-1")
	for _, k := range []struct {
		path string
		want []string
	}{
		{filepath.Join(run, resultFile), []string{`"worst_class":0.6`, `"far":0.5`}},
		{filepath.Join(run, roundsFile), []string{`"worst_class":0.6`, `"far":0.5`}},
		{filepath.Join(out, "report.md"), []string{
			"| macro-F1 | worst class | global on clients | size of many | size of medium | size of few | personal |",
			"| personal balancedness | personal worst class |\n",
			"clients; worst class: the one with the lowest accuracy; worst clients:",
			"![Accuracy of the worst class, global (solid) and personal (dashed), under σ = 0.02, power 2.]" +
				"(worst-class-rounds.svg)",
			"| soft cross-entropy | far |\n", "global; far: twice as far.\n", "](far-rounds.svg)",
		}},
		{filepath.Join(out, "accuracy.csv"), []string{"worst class mean,worst class sd,worst class n", ",0.6,,1"}},
		{filepath.Join(out, "divergence.csv"), []string{"far mean,far sd,far n\nFedAvg,", ",0.5,,1\n"}},
		{filepath.Join(out, "worst-class-rounds.svg"), []string{
			"Worst accuracy over the rounds", "worst accuracy (%)", "FedPuReL, personal",
		}},
		{filepath.Join(out, "far-rounds.svg"), []string{"twice the divergence (nats)", ">FedAvg<"}},
		{filepath.Join(out, "size-rounds.svg"), []string{
			"Größe over the rounds", ">größe<", "FedAvg, many", "FedAvg, few",
		}},
		{filepath.Join(out, PageFile), []string{
			"personal worst class", "Worst accuracy", "Größe, many", "Twice the divergence",
		}},
	} {
		data, err := os.ReadFile(k.path)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range k.want {
			if !strings.Contains(string(data), want) {
				t.Errorf("%s lacks %q", filepath.Base(k.path), want)
			}
		}
	}
	values, err := json.Marshal(r.Summary.Values())
	if err != nil || !strings.Contains(string(values), `"worst class":{"mean":0.6,`) {
		t.Errorf("values (%v) lack the metric:\n%s", err, values)
	}
}

// A report shows what its table knows, of results that hold more or less.
func TestMetricsOfAnotherTable(t *testing.T) {
	more := Run{Dir: "more", Result: resultOf(extended(), "fedavg", 1, 8)}
	r, err := New([]Run{more}, metric.All())
	if err != nil {
		t.Fatal(err)
	}
	if text := r.Summary.Markdown(); strings.Contains(text, "worst class") {
		t.Errorf("the report shows what its table lacks:\n%s", text)
	}
	r, err = New([]Run{{Dir: "less", Result: result("fedavg", 1, 8)}}, extended())
	if err != nil {
		t.Fatal(err)
	}
	if text := r.Summary.Markdown(); !strings.Contains(text, "| 63.3 | – |\n") {
		t.Errorf("the report invents what a result lacks:\n%s", text)
	}
	for _, f := range r.Figures {
		if f.Name == "worst-class-rounds" {
			t.Error("a figure of nothing")
		}
	}
	if _, err := New([]Run{more}, metric.Table{}); err != nil {
		t.Errorf("a report without metrics: %v", err)
	}
}
