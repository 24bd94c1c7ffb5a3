package tidy_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/fed/report/tidy"
)

// run is a made-up run of three classes.
func run(method string, seed uint64, clients, rounds int) report.Run {
	groups := metric.Groups([]int{150, 50, 5})
	counts := metric.NewCounts(3)
	for c := range 3 {
		counts.Correct[c], counts.Total[c], counts.Predicted[c] = int64(7-c), 10, 10
	}
	scores := func(tkl float64) metric.Scores {
		v := metric.View{Counts: counts, Groups: groups, Balance: metric.DefaultBalance}
		moved := v
		moved.Moved = metric.Divergence{TKL: tkl, N: 1}
		return metric.All().Scores(moved, v, v)
	}
	r := report.Run{Dir: "runs/" + method, Cache: "/caches/photos", Result: metric.Result{
		Format: metric.FormatVersion, Method: method, Module: "gate", Seed: seed, DataSeed: 3, Rounds: rounds,
		Provenance: metric.Provenance{
			Cache: "f00d", Division: "d", Spec: "s", Options: map[string]json.RawMessage{"rounds": []byte("2")},
		},
		Partition: "a long tail, \"dealt\"", Classes: []string{"cat", "señor", "d,g"}, TrainCounts: []int{150, 50, 5},
		Groups: groups, Balance: metric.DefaultBalance,
		ZeroShot: scores(0), Last: scores(0.25), LastTen: scores(0.5), Averaged: 2,
		PerClass:    map[string]metric.Counts{"zero_shot": counts, "global": counts, "personal": counts},
		Calibration: []metric.Calibration{{Model: "personal", Group: "few", ECE: 0.1, Gap: -0.2}},
	}}
	for k := range clients {
		r.Result.Clients = append(r.Result.Clients, metric.Client{
			Name: "site " + strconv.Itoa(k), Train: 100, Test: 15, Histogram: make([]int, 3), Personal: 0.75,
		})
	}
	s := scores(0.125)
	for i := range rounds {
		rec := metric.Round{Round: i + 1, Floats: 12, Seconds: 0.5, Diagnosis: map[string]float64{"drift": float64(i)}}
		if i%2 == 1 {
			rec.Scores = &s
		}
		r.Rounds = append(r.Rounds, rec)
	}
	return r
}

// rows are those of runs.
func rows(t *testing.T, runs ...report.Run) iter.Seq[tidy.Row] {
	t.Helper()
	all, err := tidy.Rows(runs, metric.All())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// What is read back from either file is what was found.
func TestFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "report")
	runs := []report.Run{run("fedavg", 1, 2, 4), run("fedpurel", 1, 2, 4)}
	if err := tidy.Write(dir, runs, metric.All()); err != nil {
		t.Fatal(err)
	}
	want := slices.Collect(rows(t, runs...))
	got, err := parquet.ReadFile[tidy.Row](filepath.Join(dir, tidy.ParquetFile))
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%d rows, want %d: %v", len(got), len(want), err)
	}
	file, err := os.Open(filepath.Join(dir, tidy.CSVFile))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil || len(records) != len(want)+1 {
		t.Fatalf("%d records: %v", len(records), err)
	}
	schema := reflect.TypeFor[tidy.Row]()
	for i, name := range records[0] {
		field := schema.Field(i)
		if tag := field.Tag.Get("parquet"); tag != name && tag != name+",dict" {
			t.Errorf("column %d is %q, in Parquet %q", i, name, tag)
		}
		for k, row := range want {
			var text string
			switch v := reflect.ValueOf(row).Field(i); v.Kind() {
			case reflect.String:
				text = v.String()
			case reflect.Uint64:
				text = strconv.FormatUint(v.Uint(), 10)
			case reflect.Int32:
				text = strconv.FormatInt(v.Int(), 10)
			default:
				text = strconv.FormatFloat(v.Float(), 'g', -1, 64)
			}
			if records[k+1][i] != text {
				t.Fatalf("row %d: %s is %q, want %q", k, name, records[k+1][i], text)
			}
		}
	}
}

// The rows say of every number what it is of, and no two say the same.
func TestRows(t *testing.T) {
	base := tidy.Row{
		Data: "photos", Cache: "f00d", Partition: "a long tail, \"dealt\"", DataSeed: 3, Run: "runs/fedpurel",
		Method: "fedpurel", Module: "gate", Seed: 1, Group: "all",
	}
	of := func(change func(*tidy.Row)) tidy.Row {
		row := base
		change(&row)
		return row
	}
	found := map[tidy.Row]bool{}
	places := map[tidy.Row]bool{}
	for row := range rows(t, run("fedpurel", 1, 2, 4)) {
		found[row] = true
		row.Value = 0
		if places[row] {
			t.Errorf("there are two of %+v", row)
		}
		places[row] = true
	}
	for _, want := range []tidy.Row{
		of(func(r *tidy.Row) {
			r.When, r.Model, r.Test, r.Metric, r.Value = "round", "zero_shot", "whole", "accuracy", 0.6
			r.Tag = "zero_shot_global/accuracy"
		}),
		of(func(r *tidy.Row) {
			r.When, r.Round, r.Model, r.Test, r.Metric, r.Value = "round", 2, "global", "clients", "pooled", 0.6
			r.Tag = "on_local/pooled"
		}),
		of(func(r *tidy.Row) {
			r.When, r.Round, r.Model, r.Test, r.Metric, r.Value = "round", 4, "global", "whole", "tkl", 0.125
			r.Tag = "divergence/tkl"
		}),
		of(func(r *tidy.Row) {
			r.When, r.Round, r.Metric, r.Tag, r.Value = "round", 3, "drift", "training/drift", 2
		}),
		of(func(r *tidy.Row) {
			r.When, r.Round, r.Metric, r.Tag, r.Value = "round", 1, "floats", "training/floats", 12
		}),
		of(func(r *tidy.Row) {
			r.When, r.Round, r.Model, r.Test, r.Metric, r.Value = "last_10", 4, "global", "whole", "tkl", 0.5
			r.Tag = "divergence/tkl"
		}),
		of(func(r *tidy.Row) {
			r.When, r.Round, r.Model, r.Test, r.Metric, r.Value = "last_10", 4, "personal", "clients", "accuracy", 0.5
			r.Group, r.Tag = "few", "personal/accuracy_few"
		}),
		of(func(r *tidy.Row) {
			r.When, r.Round, r.Model, r.Test, r.Metric, r.Value = "last", 4, "personal", "clients", "accuracy", 0.75
			r.Client = "site 1"
		}),
		of(func(r *tidy.Row) {
			r.When, r.Round, r.Model, r.Test, r.Metric, r.Value = "last", 4, "global", "whole", "accuracy", 0.5
			r.Class = "d,g"
		}),
		of(func(r *tidy.Row) {
			r.When, r.Round, r.Metric, r.Value, r.Class = "last", 4, "train_images", 150, "cat"
		}),
		of(func(r *tidy.Row) {
			r.When, r.Round, r.Model, r.Test, r.Metric, r.Value = "last", 4, "personal", "clients", "ece", 0.1
			r.Group = "few"
		}),
	} {
		if !found[want] {
			t.Errorf("there is no %+v", want)
		}
	}
	for row := range found {
		if row.When == "round" && row.Round%2 == 1 && row.Model != "" {
			t.Errorf("round %d was not evaluated, and has %+v", row.Round, row)
		}
	}
}

// Ten thousand clients and a thousand rounds go by without being held.
func TestMemory(t *testing.T) {
	all := rows(t, run("fedavg", 1, 10000, 1000), run("fedpurel", 1, 10000, 1000))
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, most, n := heap(), uint64(0), 0
	watched := func(yield func(tidy.Row) bool) {
		for row := range all {
			if n++; n%20000 == 0 {
				most = max(most, heap())
			}
			if !yield(row) {
				return
			}
		}
	}
	var to counter
	if err := tidy.Parquet(&to, watched); err != nil {
		t.Fatal(err)
	}
	if err := tidy.CSV(&to, watched); err != nil {
		t.Fatal(err)
	}
	if grown := int64(most) - int64(before); grown > 48<<20 || n < 200000 {
		t.Errorf("%d rows take %d MiB", n, grown>>20)
	}
}

// counter is a writer that forgets.
type counter int

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }

// Pandas groups the file into the paper's curves, as the README says.
func TestPandas(t *testing.T) {
	if err := exec.Command("python3", "-c", "import pandas, pyarrow").Run(); err != nil {
		t.Skip("there is no pandas with pyarrow here")
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, script, _ := bytes.Cut(readme, []byte("```python\n"))
	script, _, _ = bytes.Cut(script, []byte("```"))
	dir := t.TempDir()
	runs := []report.Run{run("fedavg", 1, 2, 4), run("fedpurel", 1, 2, 4)}
	if err := tidy.Write(filepath.Join(dir, "report"), runs, metric.All()); err != nil {
		t.Fatal(err)
	}
	python := exec.Command("python3", "-c", string(script)+`
assert curves.value.tolist() == [0.5] * 4, curves
text = d.select_dtypes(exclude="number").columns
c = pandas.read_csv("report/results.csv", keep_default_na=False)
pandas.testing.assert_frame_equal(c[text].astype(object), d[text].astype(object))
assert (c.value == d.value).all() and (c["round"] == d["round"]).all()
`)
	python.Dir = dir
	if out, err := python.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
