package rank

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/fault"
)

// result is a run of two classes, in which so many of ten test images of either are right. The world is its tail.
func result(method, module string, world int, seed uint64, right int64) metric.Result {
	counts := metric.NewCounts(2)
	for i := range 2 {
		counts.Correct[i], counts.Total[i], counts.Predicted[i] = right, 10, 10
	}
	train := []int{150, world}
	view := metric.View{Counts: counts, Groups: metric.Groups(train), Balance: metric.DefaultBalance}
	scores := metric.All().Scores(view, view, view)
	r := metric.Result{
		Format: metric.FormatVersion, Method: method, Module: module, Seed: seed, DataSeed: 1, Averaged: 1,
		Provenance: metric.Provenance{
			Cache: "c", Division: fmt.Sprint("d", world), Spec: "of " + method + module,
			Options: map[string]json.RawMessage{"rounds": []byte("1")},
		},
		Partition: fmt.Sprintf("tail of %d, data seed 1", world), LocalTest: "a rule", Classes: []string{"cat", "dog"},
		TrainCounts: train, Groups: view.Groups, Balance: view.Balance, ZeroShot: scores, Last: scores,
		LastTen: scores, PerClass: map[string]metric.Counts{"zero_shot": counts, "global": counts, "personal": counts},
	}
	if method == "local" {
		nothing := metric.View{Counts: metric.NewCounts(2), Groups: view.Groups}
		r.LastTen.Global = metric.All().Score(metric.OfModels, nothing)
	}
	return r
}

// folder writes runs as the program does.
func folder(t *testing.T, name string, results ...metric.Result) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), name)
	for i, r := range results {
		dir := filepath.Join(root, fmt.Sprint(i))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		for name, b := range map[string][]byte{"spec.json": []byte("{}"), "result.json": data} {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return root
}

func load(t *testing.T, score string, dirs ...string) []Setting {
	t.Helper()
	s, err := ScoreOf(score)
	if err != nil {
		t.Fatal(err)
	}
	all, _, err := Load(dirs, s)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A folder with several modules is as many settings; the zero-shot classifier stands in each.
func TestSettingsOfAFolder(t *testing.T) {
	dir := folder(t, "runs", result("zeroshot", "", 5, 1, 5), result("fedavg", "gate", 5, 1, 6),
		result("fedavg", "gate", 5, 2, 8), result("fedavg", "lora", 5, 1, 9), result("local", "lora", 5, 1, 9))
	all := load(t, "global", dir)
	if len(all) != 2 || !strings.HasSuffix(all[0].Name, "runs (gate)") || !strings.HasSuffix(all[1].Name, "(lora)") {
		t.Fatalf("the settings are %+v", all)
	}
	if want := "tail of 5, 2 classes, gate"; all[0].Data != want {
		t.Errorf("the data are %q, want %q", all[0].Data, want)
	}
	for i, want := range []map[string]float64{
		{"zero-shot": 0.5, "FedAvg": 0.7}, {"zero-shot": 0.5, "FedAvg": 0.9, "local only": math.NaN()},
	} {
		if len(all[i].Rows) != len(want) {
			t.Errorf("the rows are %+v", all[i].Rows)
		}
		for name, v := range want {
			got, there := all[i].row(name).Scores[1]
			if there == math.IsNaN(v) || there && math.Abs(got-v) > 1e-12 {
				t.Errorf("%s in %s has %v, want %v", name, all[i].Name, got, v)
			}
		}
	}
}

func TestRarestThirdStandsIn(t *testing.T) {
	all := load(t, "few", folder(t, "a", result("fedavg", "gate", 5, 1, 6)),
		folder(t, "b", result("fedavg", "gate", 50, 1, 6)))
	if all[0].thirds || !all[1].thirds || len(all[1].Rows[0].Scores) != 1 {
		t.Errorf("the settings are %+v", all)
	}
}

func TestSettingsCountOnce(t *testing.T) {
	score, _ := ScoreOf("global")
	a := folder(t, "a", result("zeroshot", "", 5, 1, 5), result("fedavg", "gate", 5, 1, 6))
	again := folder(t, "again", result("fedavg", "gate", 5, 2, 6))
	mixed := folder(t, "mixed", result("fedavg", "gate", 5, 1, 6), result("fedavg", "gate", 6, 1, 6))
	for say, dirs := range map[string][]string{
		"hold the same runs, or other seeds of them": {a, again},
		"a and " + a + " hold the same runs":         {a, a},
		"name the folder of each":                    {mixed},
	} {
		_, _, err := Load(dirs, score)
		if err == nil || !strings.Contains(err.Error(), say) || fault.KindOf(err) != fault.Usage {
			t.Errorf("error %v, want %q", err, say)
		}
	}
	other := folder(t, "other", result("zeroshot", "", 6, 1, 5), result("fedavg", "gate", 6, 1, 6))
	if all := load(t, "global", a, other); len(all) != 2 {
		t.Errorf("the settings are %+v", all)
	}
}

func TestScoresByName(t *testing.T) {
	if _, err := ScoreOf("best"); err == nil || !strings.Contains(err.Error(), "global, personal, few") {
		t.Errorf("error %v", err)
	}
	if !slices.Equal(ScoreNames(), []string{"global", "personal", "few"}) {
		t.Errorf("the scores are %v", ScoreNames())
	}
}
