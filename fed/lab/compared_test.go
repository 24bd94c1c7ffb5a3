package lab_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/train/fault"
)

// A report of a comparison's folder knows which images were right, of which class and whose, and repeats by data seed.
func TestComparisonIsReported(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	shared := b.base(lab.Settings{"method": "fedavg", "module": "gate", "rounds": 3, "fraction": 1})
	specs, err := tables.Compare(shared, []string{"zeroshot", "fedavg", "local"}, nil, []uint64{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range lab.Across(specs, []uint64{1, 2}) {
		mustRun(t, s, s.Folder(b.path("runs")), lab.How{})
	}
	runs, _, err := report.Load(b.path("runs"))
	if err != nil || len(runs) != 2+4+4 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	for _, r := range runs {
		h, rounds := r.Hits, map[string]int{"zeroshot": 1}[r.Result.Method]
		if rounds == 0 {
			rounds = 3
		}
		if h.Rounds != rounds || h.Images == nil || (h.Global == nil) != (r.Result.Method == "local") {
			t.Fatalf("%s: %d rounds, images %v, global %v", r.Dir, h.Rounds, h.Images != nil, h.Global != nil)
		}
		owned, right := 0, 0
		for i, k := range h.Images.Owner {
			if k >= 0 {
				owned++
			} else if h.Personal[i] > 0 {
				t.Errorf("%s: image %d is nobody's, and right", r.Dir, i)
			}
			right += int(h.Personal[i])
		}
		near(t, r.Dir, float64(right)/float64(rounds*owned), r.Result.LastTen.Personal.Value("pooled"))
	}
	if runs[0].Hits.Images != runs[2].Hits.Images && runs[0].Result.DataSeed == runs[2].Result.DataSeed {
		t.Error("runs of one data seed read their images twice")
	}
	r, err := report.New(runs, tables.Metrics)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, table := range r.Tables {
		found[table.Name] = table.Markdown()
	}
	for name, says := range map[string][]string{
		"comparison":  {"2 data seeds × 2 training seeds, n = 4", "| local only | "},
		"differences": {"| zero-shot | global | ", "fewer than 5, these are too short"},
		"methods":     {"| FedAvg | exact | ", " | nothing | 1 ± "},
	} {
		for _, say := range says {
			if !strings.Contains(found[name], say) {
				t.Errorf("%s lacks %q:\n%s", name, say, found[name])
			}
		}
	}
	for line := range strings.Lines(found["differences"]) {
		cells := strings.Split(line, " | ")
		if drawn := strings.HasPrefix(line, "| zero-shot | personal "); drawn && !strings.HasPrefix(cells[6], "[") {
			t.Errorf("images were not drawn: %s", line)
		}
	}
	path := filepath.Join(specs[0].Folder(b.path("runs")), "test.labels.npy")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-4] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, err = report.Load(b.path("runs"))
	if fault.KindOf(err) != fault.Mismatch || !strings.Contains(err.Error(), path) {
		t.Errorf("another label: %v", err)
	}
}
