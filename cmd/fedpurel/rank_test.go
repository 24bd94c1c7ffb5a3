package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Five comparisons are ranked, by what is asked for; the outcome says what it rests on.
func TestRank(t *testing.T) {
	dir := imported(t)
	of := settings(t, dir)
	rank := func(more ...string) []string { return append(append([]string{"rank"}, of...), more...) }
	text := ok(t, dir, rank("--out", "ranks")...)
	for _, want := range []string{"Ranks of 3 methods over 5 settings", "F(2, 8) = ", "10 are better", "ranks.md"} {
		if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	page := read(t, dir, "ranks", "ranks.md")
	for _, want := range []string{"| beta-0.1 | ", "label-Dirichlet β=0.1 over 6 clients"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	var values struct {
		Score   string
		Methods []struct {
			Name     string
			MeanRank float64 `json:"mean_rank"`
		}
	}
	out := ok(t, dir, rank("--out", "ranks", "--score", "personal", "--nemenyi", "--json")...)
	if err := json.Unmarshal([]byte(out), &values); err != nil {
		t.Fatal(err)
	}
	var sum float64
	for _, m := range values.Methods {
		sum += m.MeanRank
	}
	if values.Score != "personal" || len(values.Methods) != 3 || sum < 5.99 || sum > 6.01 {
		t.Errorf("the values are %s", out)
	}

	fails(t, dir, 2, "4 settings; a test over settings takes at least 5", append(append([]string{"rank"}, of[:4]...),
		"--out", "x")...)
	fails(t, dir, 2, "hold the same runs", rank(of[0], "--out", "x")...)
	fails(t, dir, 2, "did you mean global?", rank("--out", "x", "--score", "globl")...)
	fails(t, dir, 2, "--out is missing", rank()...)
	fails(t, dir, 2, "expected folders of runs", "rank", "--out", "x")
	fails(t, dir, 10, "nowhere does not exist", rank("nowhere", "--out", "x")...)
	if _, err := os.Stat(filepath.Join(dir, "x")); err == nil {
		t.Error("a refused ranking leaves a folder")
	}
}
