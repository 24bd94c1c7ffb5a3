package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
)

// prediction is a record of `predict --format jsonl`.
type prediction struct {
	Image, Class, Error string
	Top                 []struct {
		Class       string
		Probability float64
	}
}

// records reads what `predict --format jsonl` printed.
func records(t *testing.T, out string) (all []prediction) {
	t.Helper()
	for line := range strings.Lines(out) {
		var r prediction
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		all = append(all, r)
	}
	return all
}

// sampleRun makes the sample's pictures, their cache and a short run on it.
func sampleRun(t *testing.T) (dir string, r metric.Result) {
	t.Helper()
	if len(library(t)) == 0 && os.Getenv("ONNXRUNTIME_LIB") == "" {
		t.Skip("no ONNX Runtime: run `make deps`")
	}
	dir = t.TempDir()
	ok(t, dir, "sample", "--train", "2", "--test", "1", "--out", "data")
	ok(t, dir, "featurize", "--data", "data", "--out", "cache")
	ok(t, dir, "train", "--cache", "cache", "--rounds", "3", "--out", "run")
	if err := json.Unmarshal([]byte(read(t, dir, "run", "result.json")), &r); err != nil {
		t.Fatal(err)
	}
	return dir, r
}

func TestPredict(t *testing.T) {
	dir, result := sampleRun(t)
	if err := os.RemoveAll(filepath.Join(dir, "cache")); err != nil { // a run's model stands alone
		t.Fatal(err)
	}
	c := len(result.Classes)
	all := records(t, ok(t, dir, "predict", "run", "--data", "data", "--split", "test",
		"--format", "jsonl", "--top", fmt.Sprint(c)))
	counts := metric.NewCounts(c)
	for _, r := range all {
		sum := 0.0
		for i, choice := range r.Top {
			sum += choice.Probability
			if i > 0 && choice.Probability > r.Top[i-1].Probability {
				t.Errorf("%s: not in order", r.Image)
			}
		}
		if len(r.Top) != c || math.Abs(sum-1) > 1e-5 {
			t.Errorf("%s: %d probabilities, in all %v", r.Image, len(r.Top), sum)
		}
		counts.Add(slices.Index(result.Classes, r.Class), slices.Index(result.Classes, r.Top[0].Class))
	}
	if want := result.PerClass["global"]; !slices.Equal(counts.Correct, want.Correct) ||
		!slices.Equal(counts.Predicted, want.Predicted) {
		t.Errorf("the global model predicts %v, eval counted %v", counts, want)
	}
	var division partition.Partition
	if err := json.Unmarshal([]byte(read(t, dir, "run", "partition.json")), &division); err != nil {
		t.Fatal(err)
	}
	for k, client := range result.Clients {
		own := records(t, ok(t, dir, "predict", "run", "--client", fmt.Sprint(k+1), "--data", "data", "--split", "test",
			"--format", "jsonl", "--top", "1"))
		right, rows := 0, division.Clients[k].Test
		for _, row := range rows {
			if own[row].Top[0].Class == own[row].Class {
				right++
			}
		}
		if len(rows) > 0 && math.Abs(float64(right)/float64(len(rows))-float64(client.Personal)) > 1e-9 {
			t.Errorf("client %d: %d of %d are right, eval says %v", k+1, right, len(rows), client.Personal)
		}
	}
	t.Run("ways in and out", func(t *testing.T) { predictWays(t, dir, all) })
	t.Run("bad input", func(t *testing.T) { predictBadly(t, dir) })
}

// predictWays checks that every way to give images, and every format, says the same.
func predictWays(t *testing.T, dir string, all []prediction) {
	folder := records(t, ok(t, dir, "predict", "run", "data/test", "--format", "jsonl"))
	if len(folder) != len(all) {
		t.Fatalf("%d images in the folder, %d in the data set", len(folder), len(all))
	}
	var names []string
	for i, r := range folder {
		if r.Image != "data/"+all[i].Image || !slices.Equal(r.Top, all[i].Top[:3]) {
			t.Errorf("%v, as a data set %v", r, all[i].Top[:3])
		}
		names = append(names, r.Image)
	}
	cmd := func(in []byte, args ...string) string {
		t.Helper()
		c := exec.Command(program, append([]string{"predict", "run", "--format", "jsonl"}, args...)...)
		c.Dir, c.Stdin, c.Env = dir, bytes.NewReader(in), append(os.Environ(), library(t)...)
		out, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	list := records(t, cmd([]byte(strings.Join(names, "\r\n")), "--files-from", "-"))
	one := records(t, cmd([]byte(read(t, dir, names[5])), "-"))
	if len(list) != len(folder) || list[7].Image != names[7] || len(one) != 1 || one[0].Image != "-" ||
		one[0].Top[0].Class != folder[5].Top[0].Class {
		t.Errorf("a list gives %d images, standard input %v", len(list), one)
	}
	if out := ok(t, dir, "predict", "run", "--data", "data", "--split", "test", "--format", "csv", "--out", "a.csv",
		"--top", "2"); out != "" {
		t.Errorf("--out, and to the terminal: %s", out)
	}
	rows, err := csv.NewReader(strings.NewReader(read(t, dir, "a.csv"))).ReadAll()
	if err != nil || len(rows) != 1+len(all) || len(rows[0]) != 7 || rows[3][3] != all[2].Top[0].Class {
		t.Errorf("CSV: %d rows, %v", len(rows), err)
	}
	var document struct {
		Predictions []prediction
		Images, Bad int
		Accuracy    float64
	}
	out := ok(t, dir, "predict", "run", "--json", "--data", "data", "--split", "test")
	if err := json.Unmarshal([]byte(out), &document); err != nil || document.Images != len(all) ||
		len(document.Predictions) != len(all) || !(document.Accuracy > 0.3) {
		t.Errorf("JSON: %v %d %v", err, document.Images, document.Accuracy)
	}
	if out := ok(t, dir, "predict", "run", "--data", "data", "--split", "test"); !strings.Contains(out, "\naccuracy ") {
		t.Errorf("no accuracy: %s", out)
	}
}

func predictBadly(t *testing.T, dir string) {
	good := read(t, dir, "data", "classnames.txt")
	put(t, dir, "mixed/a\x1b[31m.png", []byte(good))
	put(t, dir, "mixed/notes.txt", []byte(good))
	picture, err := filepath.Glob(filepath.Join(dir, "data", "test", "*", "*.jpg"))
	if err != nil || len(picture) == 0 {
		t.Fatal(err)
	}
	data, err := os.ReadFile(picture[0])
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "mixed/b.jpg", data)
	put(t, dir, "mixed/c.jpg", data[:len(data)/3])
	out, errs, code := fedpurel(t, dir, "predict", "run", "mixed", "gone.png", "--format", "jsonl")
	all := records(t, out)
	if code != 1 || len(all) != 4 || all[0].Error == "" || all[1].Error != "" || len(all[1].Top) != 3 ||
		all[2].Error == "" || all[3].Error != "there is no such file" || strings.Count(errs, "\n") != 4 ||
		!strings.Contains(errs, "3 of 4 images") || strings.Contains(errs, "\x1b") {
		t.Errorf("exit %d: %v\n%s", code, all, errs)
	}
	if out := ok(t, dir, "predict", "run", "mixed", "--on-error", "skip"); strings.Count(out, "\n") != 1 {
		t.Errorf("skipping: %s", out)
	}
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "nothing.txt", nil)
	for _, c := range []struct {
		code int
		say  string
		args []string
	}{
		{2, "no image is given", []string{"run"}},
		{2, "expected a run folder", nil},
		{2, "exclude each other", []string{"run", "mixed", "--data", "data"}},
		{10, "no image in or below empty", []string{"run", "empty"}},
		{10, "no image in what was named", []string{"run", "--files-from", "nothing.txt"}},
		{10, "no such file", []string{"run", "--files-from", "absent.txt"}},
		{2, "known: 1 to", []string{"run", "mixed", "--client", "99"}},
		{2, "did you mean jsonl?", []string{"run", "mixed", "--format", "json-l"}},
		{2, "has 48 classes", []string{"run", "mixed", "--top", "49"}},
		{2, "--class-level is of --data", []string{"run", "mixed", "--class-level", "2"}},
		{2, "--model is for images", []string{"run", "--features", "cache/test.features.npy", "--model", "tiny"}},
		{10, "mobileclip", []string{"run", "mixed", "--model", "mobileclip"}},
		{10, "spec.json", []string{"nowhere", "mixed"}},
	} {
		fails(t, dir, c.code, c.say, append([]string{"predict"}, c.args...)...)
	}
	otherModel(t, dir)
	fails(t, dir, 12, "is not tiny, with which the run was trained: the hash of its fedpurel.json",
		"predict", "run", "mixed", "--model", "other")
	put(t, dir, "run/model/card.json", []byte(read(t, dir, "run/model/card.json")[:99]))
	fails(t, dir, 11, "card.json", "predict", "run", "mixed")
}

// otherModel puts a model beside a test's folders that is the built-in one but for one file.
func otherModel(t *testing.T, dir string) {
	t.Helper()
	if err := os.CopyFS(filepath.Join(dir, "other"), os.DirFS("../../models/tiny/model")); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "other/fedpurel.json", []byte(`{"name": "other", "logit_scale": 30}`))
}

// A run on imported features predicts rows, and says that it cannot predict images.
func TestPredictRows(t *testing.T) {
	dir := imported(t)
	ok(t, dir, append([]string{"train", "--rounds", "2", "--out", "run"}, quick...)...)
	all := records(t, ok(t, dir, "predict", "run", "--features", "cache/test.features.npy", "--format", "jsonl"))
	if len(all) == 0 || all[0].Image != "row 0" || len(all[0].Top) != 3 {
		t.Errorf("%d rows, %v", len(all), all[:1])
	}
	put(t, dir, "a.png", []byte("a"))
	fails(t, dir, 2, "--features", "predict", "run", "a.png")
	fails(t, dir, 11, "shape", "predict", "run", "--features", "cache/test.labels.npy")
}
