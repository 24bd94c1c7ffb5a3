package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A comparison goes over data seeds and, on each, over training seeds; it says what its ± is of, grows by seeds and
// methods, and refuses to go on as another one.
func TestCompareDataSeeds(t *testing.T) {
	dir := imported(t)
	compare := func(more ...string) []string {
		return append(append([]string{"compare", "--rounds", "2", "--out", "runs"}, quick...), more...)
	}
	two := compare("--data-seeds", "1-2", "--seeds", "1-2", "--methods", "zeroshot,fedavg")
	out := ok(t, dir, two...)
	if !strings.Contains(out, "2 data seeds × 2 training seeds, n = 4 (mean ± standard") {
		t.Errorf("%s", out)
	}
	var folders []string
	for _, path := range []string{"zeroshot/data-*/seed-*", "fedavg/data-*/seed-*"} {
		found, err := filepath.Glob(filepath.Join(dir, "runs", filepath.FromSlash(path), "result.json"))
		if err != nil {
			t.Fatal(err)
		}
		folders = append(folders, found...)
	}
	if len(folders) != 2+4 {
		t.Errorf("%q", folders)
	}
	division := func(run string) string { return read(t, dir, "runs", run, "partition.json") }
	if first := division("fedavg/data-1/seed-1"); first != division("zeroshot/data-1/seed-1") ||
		first != division("fedavg/data-1/seed-2") || first == division("fedavg/data-2/seed-1") {
		t.Error("data seeds and partitions do not go together")
	}
	fails(t, dir, 2, "already holds a run", two...)
	fails(t, dir, 2, "cannot resume runs/fedavg/data-1/seed-1: rounds is 3, was 2",
		append(two, "--methods", "fedpurel,fedavg", "--rounds", "3", "--resume")...)
	if _, err := os.Stat(filepath.Join(dir, "runs", "fedpurel")); !os.IsNotExist(err) {
		t.Errorf("a run began in a comparison that cannot be finished: %v", err)
	}
	var table struct{ Note string }
	text := ok(t, dir, append(two, "--methods", "fedavg,fedpurel", "--resume", "--json")...)
	if err := json.Unmarshal([]byte(text), &table); err != nil || !strings.Contains(table.Note, "data seeds 1, 2") {
		t.Errorf("%v: %q", err, table.Note)
	}
	ok(t, dir, "report", "runs", "--out", "page")

	out = ok(t, dir, compare("--data-seed", "4", "--seeds", "3", "--methods", "fedavg", "--out", "four")...)
	if read(t, dir, "four/fedavg/data-4/seed-3/result.json") == "" || !strings.Contains(out, "1 seed") {
		t.Errorf("%s", out)
	}
}

// A comparison of nothing, or of one method twice, is refused before it begins.
func TestCompareOfNothing(t *testing.T) {
	dir := imported(t)
	for methods, say := range map[string]string{
		"": "nothing to compare", "fedavg,fedavg": "name every method once", "fedavg+la,fedavg+la": "name every method",
	} {
		fails(t, dir, 2, say, append([]string{"compare", "--methods", methods, "--out", "runs"}, quick...)...)
	}
	if _, err := os.Stat(filepath.Join(dir, "runs", "fedavg")); !os.IsNotExist(err) {
		t.Errorf("a run began: %v", err)
	}
}
