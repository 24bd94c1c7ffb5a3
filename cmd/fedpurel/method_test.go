package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/npy"
	"github.com/fedpurel/fedpurel/train/peft"
)

// specOf runs train with options and returns the spec that the run resolved to, by names.
func specOf(t *testing.T, dir, out string, options ...string) map[string]any {
	t.Helper()
	args := []string{"train", "--cache", "cache", "--rounds", "2", "--clients", "4", "--imbalance", "10", "--out", out}
	ok(t, dir, append(args, options...)...)
	return savedSpec(t, dir, out)
}

func savedSpec(t *testing.T, dir, out string) map[string]any {
	t.Helper()
	var s map[string]any
	if err := json.Unmarshal([]byte(read(t, dir, out, "spec.json")), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestPresets: a run under a preset has exactly the settings that --explain lists, flags override them, a saved spec
// gives the same run again, and presets of which the run reads something give different results.
func TestPresets(t *testing.T) {
	dir := imported(t)
	results := map[string]string{}
	for _, p := range lab.Default().Presets {
		for _, module := range []string{"gate", "lora", "text-shift"} {
			out := p.Name + module
			got := specOf(t, dir, out, "--preset", p.Name, "--module", module)
			base := specOf(t, dir, out+"-default", "--module", module)
			set := []string{"preset"}
			for _, x := range p.For(module) {
				if base[x.Name] == nil || x.Name == "clients" || x.Name == "imbalance" {
					continue // it is of another module, or a flag says otherwise
				}
				set = append(set, x.Name)
				want, _ := json.Marshal(x.Value)
				if have, _ := json.Marshal(got[x.Name]); string(have) != string(want) {
					t.Errorf("%s, %s: %s is %s, the preset says %s", p.Name, module, x.Name, have, want)
				}
			}
			for field := range got {
				if got[field] != base[field] && !slices.Contains(set, field) {
					t.Errorf("%s, %s: %s is %v, by default %v, and --explain does not say so",
						p.Name, module, field, got[field], base[field])
				}
			}
			if p.Name == "default" || len(set) > 1 { // creff-released is of another method
				results[read(t, dir, out, "result.json")] += " " + out
			}
		}
	}
	for _, names := range results {
		if strings.Count(names, " ") > 1 {
			t.Errorf("the same result for%s", names)
		}
	}
	s := specOf(t, dir, "override", "--preset", "released", "--module", "gate", "--mix", "0.5")
	if s["mix"] != 0.5 || s["align"] != "kl" {
		t.Errorf("a flag does not override the preset: %+v", s)
	}
	ok(t, dir, "train", "--spec", "releasedgate/spec.json", "--out", "again")
	if !reflect.DeepEqual(savedSpec(t, dir, "again"), savedSpec(t, dir, "releasedgate")) {
		t.Error("a saved spec gives another run")
	}
	text := ok(t, dir, "train", "--explain", "--module", "gate")
	for _, word := range []string{"released:", "paper:", "carry_momentum", "leaks", "inferred", "(default 0.9)"} {
		if !strings.Contains(text, word) {
			t.Errorf("--explain does not say %q:\n%s", word, text)
		}
	}
	specOf(t, dir, "average", "--preset", "released", "--method", "fedavg", "--module", "gate")
	text = ok(t, dir, "train", "--explain", "--preset", "released", "--method", "fedavg", "--module", "gate")
	if !strings.Contains(text, "(not read by this run)  its adapter trains the fused loss alone") {
		t.Errorf("--explain does not say what a run does not read:\n%s", text)
	}
}

// TestZeroRate: a learning rate of zero is one, not the module's own.
func TestZeroRate(t *testing.T) {
	dir := imported(t)
	if s := specOf(t, dir, "still", "--lr", "0", "--method", "fedavg"); s["lr"] != 0.0 {
		t.Errorf("lr %v", s["lr"])
	}
	var r metric.Result
	if err := json.Unmarshal([]byte(read(t, dir, "still", "result.json")), &r); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(r.PerClass["global"], r.PerClass["zero_shot"]) {
		t.Error("training at rate zero moved the model")
	}
	ok(t, dir, "train", "--cache", "cache", "--out", "file", "--clients", "4", "--imbalance", "10", "--rounds", "2",
		"--spec", writeFile(t, dir, `{"lr": 0, "method": "fedavg"}`))
	if read(t, dir, "file", "result.json") != read(t, dir, "still", "result.json") {
		t.Error("a rate of zero in a spec file is another one")
	}
}

// TestPartitionCommand makes, shows, saves and checks partitions, and trains on a saved one.
func TestPartitionCommand(t *testing.T) {
	dir := imported(t)
	text := ok(t, dir, "partition", "--cache", "cache", "--clients", "4", "--imbalance", "10", "--out", "p.json",
		"--figure", "p.svg")
	if !strings.Contains(text, "client 4") || !strings.Contains(text, "local tests: code") ||
		!strings.HasPrefix(read(t, dir, "p.svg"), "<?xml") {
		t.Errorf("shown:\n%s", text)
	}
	specOf(t, dir, "made")
	ok(t, dir, "train", "--cache", "cache", "--rounds", "2", "--out", "read", "--partition-file", "p.json")
	if s := savedSpec(t, dir, "read"); s["partition_file"] != "p.json" || s["clients"] != nil ||
		read(t, dir, "made", "result.json") != read(t, dir, "read", "result.json") {
		t.Error("training on a saved partition differs")
	}
	var v struct {
		Counts  []int `json:"train_counts"`
		Clients []struct{}
	}
	shown := ok(t, dir, "partition", "--cache", "cache", "--partition-file", "made/partition.json", "--json")
	if err := json.Unmarshal([]byte(shown), &v); err != nil || len(v.Clients) != 4 {
		t.Errorf("%d clients, %v", len(v.Clients), err)
	}
	for _, kind := range []string{"iid", "shards"} {
		ok(t, dir, "partition", "--cache", "cache", "--partition", kind, "--clients", "4", "--imbalance", "10",
			"--local-test", "matched")
	}
	put(t, dir, "coarse.txt", []byte(strings.Repeat("animal\n", len(v.Counts)-2)+"plant\nplant\n"))
	ok(t, dir, "partition", "--cache", "cache", "--partition", "pachinko", "--hierarchy", "coarse.txt",
		"--clients", "4", "--imbalance", "10")
	put(t, dir, "counts.txt", []byte(strings.Repeat("7\n", len(v.Counts))))
	shown = ok(t, dir, "partition", "--cache", "cache", "--clients", "4", "--tail", "list", "--counts", "counts.txt",
		"--json")
	if err := json.Unmarshal([]byte(shown), &v); err != nil || v.Counts[0] != 7 {
		t.Errorf("counts %v, %v", v.Counts, err)
	}
	put(t, dir, "other.json", []byte(`{"format":1,"clients":[{"train":[99999],"test":[]}]}`))
	fails(t, dir, 11, "99999", "partition", "--cache", "cache", "--partition-file", "other.json")
	fails(t, dir, 10, "nothing.json", "partition", "--cache", "cache", "--partition-file", "nothing.json")
	fails(t, dir, 2, "--hierarchy", "partition", "--cache", "cache", "--partition", "pachinko")
	fails(t, dir, 2, "does not know its files", "partition", "--cache", "cache", "--partition", "natural",
		"--client-pattern", "(a)")
	fails(t, dir, 2, "--counts", "partition", "--cache", "cache", "--tail", "list")
}

// TestVariants compares a method with a variant of it, and reports both.
func TestVariants(t *testing.T) {
	dir := imported(t)
	put(t, dir, "v.json", []byte(`[
		{"label":"with KL","method":"fedpurel","align":"kl"},
		{"label":"released","method":"fedpurel","module":"gate","preset":"released"}
	]`))
	ok(t, dir, "compare", "--cache", "cache", "--clients", "4", "--imbalance", "10", "--rounds", "3",
		"--seeds", "1-2", "--variants", "v.json", "--methods", "fedpurel,fedavg", "--diagnose", "--out", "runs")
	ok(t, dir, "report", "runs", "--out", "report")
	page := read(t, dir, "report", "report.md")
	for _, word := range []string{
		"with KL", "released", "(gate)", "tkl-balancedness.svg", "Calibration", "global branch decided",
		"Divergence", "angle/A", "not for comparison",
	} {
		if !strings.Contains(page, word) {
			t.Errorf("the report does not say %q", word)
		}
	}
	fails(t, dir, 2, "label", "compare", "--cache", "cache", "--variants", "none.json", "--out", "x",
		"--methods", "fedpurel", "--variants", writeFile(t, dir, `[{"method":"fedavg"}]`))
	fails(t, dir, 2, "did you mean method? known: ", "compare", "--cache", "cache", "--out", "x",
		"--variants", writeFile(t, dir, `[{"label":"a","mthod":"fedavg"}]`))
	fails(t, dir, 10, "none.json", "compare", "--cache", "cache", "--out", "x", "--variants", "none.json")
}

func writeFile(t *testing.T, dir, text string) string {
	t.Helper()
	path := filepath.Join(dir, "file.json")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestEveryModuleTrains: all modules of the table run from the command line, and the result says what is an analogue.
func TestEveryModuleTrains(t *testing.T) {
	dir := imported(t)
	for _, e := range peft.Modules {
		if e.Inside != peft.Outside { // an encoder is asked for
			continue
		}
		if e.Projects {
			fails(t, dir, 2, "pre-projection", "train", "--cache", "cache", "--clients", "4", "--imbalance", "10",
				"--module", e.Name, "--out", e.Name)
			continue
		}
		specOf(t, dir, e.Name, "--module", e.Name)
		var r metric.Result
		if err := json.Unmarshal([]byte(read(t, dir, e.Name, "result.json")), &r); err != nil {
			t.Fatal(err)
		}
		if r.Analogue != e.Analogue || len(r.Calibration) == 0 || len(r.Contribution) == 0 || r.Best == nil {
			t.Errorf("%s: analogue %q, %d calibrations, %d contributions, best %v",
				e.Name, r.Analogue, len(r.Calibration), len(r.Contribution), r.Best)
		}
	}
	text := ok(t, dir, "calibrate-sigma", "--cache", "cache", "--target", "60")
	if !strings.Contains(text, "σ = ") {
		t.Errorf("calibrate-sigma says %q", text)
	}
	fails(t, dir, 2, "between", "calibrate-sigma", "--cache", "cache", "--target", "0.1")
}

// TestProjection: on a cache whose projection is the identity, modules on embeddings find what they find without
// it, and the module on the projection is the low-rank one. Checking such a run knows the projection.
func TestProjection(t *testing.T) {
	dir := imported(t)
	identity := npy.AppendHeader(nil, "<f4", dim, dim)
	for i := range dim {
		row := make([]float32, dim)
		row[i] = 1
		identity = npy.AppendFloats(identity, "<f4", row)
	}
	if err := os.WriteFile(filepath.Join(dir, "p.npy"), identity, 0o644); err != nil {
		t.Fatal(err)
	}
	ok(t, dir, append([]string{"cache", "import", "--out", "wide", "--projection", "p.npy"}, arrays(t, dir, nil)...)...)
	found := func(cache, module string) metric.Result {
		out := cache + "-" + module
		ok(t, dir, "train", "--cache", cache, "--module", module, "--rounds", "3", "--clients", "4",
			"--imbalance", "10", "--out", out)
		ok(t, dir, "inspect", out, "--verify")
		var r metric.Result
		if err := json.Unmarshal([]byte(read(t, dir, out, "result.json")), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	want := found("cache", "lora")
	for _, module := range []string{"lora", "projection"} {
		if got := found("wide", module); !reflect.DeepEqual(got.PerClass, want.PerClass) ||
			got.Last.Moved.Value(metric.TKL) != want.Last.Moved.Value(metric.TKL) {
			t.Errorf("%s before the identity: %+v, want %+v", module, got.Last.Global, want.Last.Global)
		}
	}
}

// TestTrace: a trace holds every step, and does not change the result.
func TestTrace(t *testing.T) {
	dir := imported(t)
	specOf(t, dir, "plain", "--module", "lora", "--dropout", "0.25")
	specOf(t, dir, "traced", "--module", "lora", "--dropout", "0.25", "--trace", "trace")
	if read(t, dir, "plain", "result.json") != read(t, dir, "traced", "result.json") {
		t.Error("tracing changes the result")
	}
	steps := strings.Split(strings.TrimSpace(read(t, dir, "trace", "steps.jsonl")), "\n")
	masks, err := filepath.Glob(filepath.Join(dir, "trace", "mask-*.npy"))
	if err != nil || len(steps) < 4 || len(masks) != len(steps) {
		t.Errorf("%d steps, %d masks, %v", len(steps), len(masks), err)
	}
	fails(t, dir, 2, "exists already", "train", "--cache", "cache", "--clients", "4", "--imbalance", "10",
		"--out", "other", "--trace", "trace")
	fails(t, dir, 2, "--resume", "train", "--cache", "cache", "--out", "plain", "--resume", "--trace", "t2")
}

// What a method wears is told with it, or alone, and what cannot be worn is refused as in a run.
func TestMethodsAndAdditions(t *testing.T) {
	dir := t.TempDir()
	for _, line := range strings.Split(ok(t, dir, "methods"), "\n") {
		if utf8.RuneCountInString(line) > 80 || strings.HasSuffix(line, " ") {
			t.Errorf("%q", line)
		}
	}
	for name, want := range map[string][]string{
		"fedavg+la+residual": {"fedavg: FedAvg", "+la: LA", "--loss adjusted, --prior global", "+residual"},
		"la":                 {"+la: LA", "class counts"},
		"+wise":              {"--wise 0.5"},
		"fedsa+la-estimated": {"fedsa: FedSA-LoRA", "class counts, roughly"},
	} {
		out := ok(t, dir, "methods", name)
		for _, say := range want {
			if !strings.Contains(out, say) {
				t.Errorf("%s lacks %q:\n%s", name, say, out)
			}
		}
	}
	if help := ok(t, dir, "methods", "la", "--help"); help != ok(t, dir, "methods", "--help") {
		t.Errorf("help beside a name:\n%s", help)
	}
	fails(t, dir, 2, "ditto cannot wear residual", "methods", "ditto+residual")
	fails(t, dir, 2, "unknown method", "methods", "fedavgg")
	var all struct{ Methods, Additions []struct{ Name string } }
	if err := json.Unmarshal([]byte(ok(t, dir, "methods", "fedavg+la", "--json")), &all); err != nil ||
		len(all.Methods) != 1 || len(all.Additions) != 1 || all.Additions[0].Name != "la" {
		t.Errorf("%v: %v", err, all)
	}
}
