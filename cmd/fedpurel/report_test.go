package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/durable"
)

// The help of report says what every figure is.
func TestReportHelpListsMetrics(t *testing.T) {
	words := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	text := words(ok(t, t.TempDir(), "report", "--help"))
	for _, m := range metric.All() {
		if !strings.Contains(text, words(m.Name+": "+m.Doc)) {
			t.Errorf("report --help lacks %s", m.Name)
		}
	}
}

// What ran under other options is not averaged: rows say what differs, and runs on another cache or in another setting
// of the data are refused. Results of older programs are averaged with a note, until their runs are resumed.
func TestReportAveragesSeedsAlone(t *testing.T) {
	dir := imported(t)
	run := func(name string, more ...string) []string {
		args := append([]string{"train", "--method", "fedavg", "--out", "runs/" + name}, quick...)
		return append(args, more...)
	}
	ok(t, dir, run("a", "--seed", "1", "--rounds", "2")...)
	ok(t, dir, run("b", "--seed", "2", "--rounds", "2")...)
	table := func() string {
		ok(t, dir, "report", "runs", "--out", "page")
		return read(t, dir, "page", "report.md")
	}
	if text := table(); !strings.Contains(text, "\n| FedAvg | ") || !strings.Contains(text, "2 training seeds only") {
		t.Errorf("two seeds:\n%.900s", text)
	}
	ok(t, dir, run("c", "--seed", "3", "--rounds", "2", "--lr", "0.125")...)
	ok(t, dir, run("d", "--seed", "3", "--rounds", "3")...)
	text := table()
	for _, row := range []string{"(lr 0.125, rounds 2)", ", rounds 2)", ", rounds 3)"} {
		if !strings.Contains(text, row) {
			t.Errorf("no row %q:\n%.1200s", row, text)
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, "runs", "c")); err != nil {
		t.Fatal(err)
	}
	ok(t, dir, run("e", "--seed", "4", "--rounds", "2", "--data-seed", "5")...)
	if text := table(); !strings.Contains(text, "data seeds 1, 5; ") ||
		!strings.Contains(text, " lacks data 1 seed 3") {
		t.Errorf("another data seed:\n%.1200s", text)
	}
	ok(t, dir, run("f", "--seed", "4", "--rounds", "2", "--imbalance", "5")...)
	fails(t, dir, 2, "their partitions differ", "report", "runs", "--out", "page")
	if err := os.RemoveAll(filepath.Join(dir, "runs", "f")); err != nil {
		t.Fatal(err)
	}

	path := filepath.Join(dir, "runs", "d", "result.json")
	var older map[string]json.RawMessage
	if err := json.Unmarshal([]byte(read(t, path)), &older); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cache_fingerprint", "partition_sha256", "spec_sha256", "options", "seal"} {
		delete(older, name)
	}
	if err := durable.WriteJSON(path, older); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "runs", "e")); err != nil {
		t.Fatal(err)
	}
	if text := table(); !strings.Contains(text, "Not checked: 1 of 3 runs") || strings.Contains(text, "rounds 2") {
		t.Errorf("an older result:\n%.1200s", text)
	}
	ok(t, dir, append(run("d", "--seed", "3", "--rounds", "3"), "--resume")...)
	if text := table(); strings.Contains(text, "Not checked") || !strings.Contains(text, "(rounds 3)") {
		t.Errorf("resumed:\n%.1200s", text)
	}
}
