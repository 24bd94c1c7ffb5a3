package lab_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/saved"
	"github.com/fedpurel/fedpurel/train/fault"
)

// journal are the records of a run folder without their times.
func journal(t *testing.T, dir string) (all []metric.Round, text string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "rounds.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		var rec metric.Round
		if err := json.Unmarshal(lines.Bytes(), &rec); err != nil {
			t.Fatal(err)
		}
		rec.Seconds = 0
		all = append(all, rec)
	}
	return all, asJSON(t, all)
}

// The rounds that are averaged say which test images are right, whatever was done to the predictions, with any number
// of workers, interrupted or not; the shares are those of the scores.
func TestRightImages(t *testing.T) {
	b := newBench(t)
	division, err := lab.Divide(mustSpec(t, lab.Default(), b.base(nil)))
	if err != nil {
		t.Fatal(err)
	}
	for name, given := range map[string]lab.Settings{
		"fedpurel": {"method": "fedpurel", "wise": 0.5, "post_adjust": 1, "eval_every": 3},
		"local":    {"method": "local"}, "fedavg": {"method": "fedavg", "module": "gate"},
	} {
		s := mustSpec(t, lab.Default(), b.base(given.Over(lab.Settings{"rounds": 13})))
		r := mustRun(t, s, b.path(name), lab.How{Workers: 1})
		rounds, want := journal(t, b.path(name))
		pooled := map[metric.Model]float64{}
		for i, rec := range rounds {
			if (rec.Right != nil) != metric.Averages(i+1, len(rounds)) {
				t.Fatalf("%s, round %d: %v", name, i+1, rec.Right)
			}
			if rec.Right == nil {
				continue
			}
			if (rec.Right.Global == nil) != (name == "local") {
				t.Errorf("%s, round %d: the global model: %v", name, i+1, rec.Right.Global)
			}
			for row := range division.TestOf {
				if rec.Right.Global != nil && rec.Right.Global.Has(row) {
					pooled[metric.Global] += 1 / float64(10*len(division.TestOf))
				}
				if rec.Right.Personal.Has(row) {
					pooled[metric.Personal]++
				}
			}
		}
		owned := 0
		for _, c := range division.Clients {
			owned += len(c.Test)
		}
		near(t, name+" personal", pooled[metric.Personal]/float64(10*owned), r.LastTen.Personal.Value("pooled"))
		if name != "local" {
			near(t, name+" global", pooled[metric.Global], r.LastTen.Global.Value("pooled"))
		}

		again := b.path(name + "-again")
		ctx, stop := context.WithCancel(context.Background())
		_, err := lab.Run(ctx, s, again, lab.How{Workers: 3, Observe: func(rec metric.Round) {
			if rec.Round == 8 {
				stop()
			}
		}})
		if err == nil {
			t.Fatal("the run was not interrupted")
		}
		mustRun(t, s, again, lab.How{Workers: 2, Resume: true})
		if _, got := journal(t, again); got != want {
			t.Errorf("%s: interrupted, with other workers:\n%s\n%s", name, got, want)
		}
		predicted(t, division, r, b.path(name), again)
	}
}

// predicted checks that two folders of one run say the same of every test image, and that it is what the result counts.
func predicted(t *testing.T, division *lab.Division, r *metric.Result, dirs ...string) {
	t.Helper()
	var files []string
	for _, dir := range dirs {
		data, err := os.ReadFile(filepath.Join(dir, saved.PredictionsFile))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, string(data))
	}
	if files[0] != files[1] {
		t.Error("interrupted, with other workers, predictions differ")
	}
	all, err := saved.ReadPredictions(filepath.Join(dirs[0], saved.PredictionsFile), r)
	if err != nil {
		t.Fatal(err)
	}
	if _, there := all["global"]; there == (r.Method == "local") {
		t.Errorf("%s: the global model predicts: %v", r.Method, there)
	}
	owned := 0
	for _, c := range division.Clients {
		owned += len(c.Test)
	}
	says := 0
	for _, c := range all["personal"].Class {
		if c >= 0 {
			says++
		}
	}
	if says != owned || len(all["zero_shot"].Class) != len(division.TestOf) {
		t.Errorf("personal models predict %d images, of which clients own %d", says, owned)
	}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if d := got - want; d > 1e-12 || d < -1e-12 {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// What does not fit the test split is damage, also where no seal says so.
func TestRightImagesOfAnotherSplit(t *testing.T) {
	b := newBench(t)
	s := mustSpec(t, lab.Default(), b.base(lab.Settings{"method": "fedavg"}))
	dir := b.path("run")
	mustRun(t, s, dir, lab.How{})
	rounds, _ := journal(t, dir)
	rounds[1].Right.Global = rounds[1].Right.Global[1:]
	var lines strings.Builder
	for _, rec := range rounds {
		lines.WriteString(asJSON(t, rec) + "\n")
	}
	if err := os.WriteFile(filepath.Join(dir, "rounds.jsonl"), []byte(lines.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := lab.Run(context.Background(), s, dir, lab.How{Resume: true})
	if fault.KindOf(err) != fault.Corrupt || !strings.Contains(err.Error(), "round 2: metric: ") {
		t.Errorf("%v", err)
	}
}

// A run folder that an older program made gets what it lacks when the run goes on.
func TestLabelsOfAnOlderRun(t *testing.T) {
	b := newBench(t)
	s := mustSpec(t, lab.Default(), b.base(lab.Settings{"method": "zeroshot"}))
	path := filepath.Join(b.path("run"), "test.labels.npy")
	mustRun(t, s, b.path("run"), lab.How{})
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	mustRun(t, s, b.path("run"), lab.How{Resume: true})
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v: another file", err)
	}
}
