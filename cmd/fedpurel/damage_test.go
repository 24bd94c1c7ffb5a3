package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A changed bit in a file of a run folder is refused as damage, or it changes nothing that a command says.
func TestDamagedRun(t *testing.T) {
	dir := imported(t)
	ok(t, dir, append([]string{"train", "--rounds", "4", "--fraction", "0.5", "--out", "run"}, quick...)...)
	readers := [][]string{
		{"eval", "run", "--json"}, {"inspect", "run", "--json"}, {"report", "run", "--json", "--out", "p"},
	}
	want := map[string]string{}
	for _, args := range readers {
		want[args[0]] = ok(t, dir, args...)
	}
	for file, steps := range map[string]int{
		"env.json": 12, "partition.json": 6, "result.json": 8, "rounds.jsonl": 8, "checkpoint/latest.json": 8,
		"test.labels.npy":                        4,
		"test.predictions.npy":                   8,
		"checkpoint/round-000004.shared-phi.npy": 4, "checkpoint/round-000004.kept-phi.npy": 4, "model/card.json": 8,
	} {
		path := filepath.Join(dir, "run", file)
		whole := read(t, path)
		refused := map[string]int{}
		for i := range steps {
			b := []byte(whole)
			b[len(b)*i/steps] ^= 1 // of a digit another digit
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
			for _, args := range readers {
				out, errs, code := fedpurel(t, dir, args...)
				switch {
				case code == 11 || code == 12:
					refused[args[0]]++
					if strings.Count(errs, "\n") != 1 {
						t.Errorf("%s: not one line: %s", args[0], errs)
					}
				case code != 0 || out != want[args[0]]:
					t.Errorf("byte %d of %s: %s ends with %d and says something else: %s",
						len(b)*i/steps, file, args[0], code, errs)
				}
			}
		}
		if err := os.WriteFile(path, []byte(whole), 0o644); err != nil {
			t.Fatal(err)
		}
		if len(refused) == 0 {
			t.Errorf("no damage to %s is noticed", file)
		}
	}
}

// What a changed digit would change in silence is a mismatch, with a remedy.
func TestDamageIsNamed(t *testing.T) {
	dir := imported(t)
	train := append([]string{"train", "--rounds", "10", "--out", "run"}, quick...)
	ok(t, dir, train...)
	for _, c := range []struct {
		file, from, to string
		code           int
		args           []string
	}{
		{"run/partition.json", "        1", "        2", 12, []string{"eval", "run"}},
		{"run/partition.json", "        1", "        2", 12, []string{"inspect", "run"}},
		{"run/partition.json", "        1", "        2", 12, []string{"report", "run", "--out", "p"}},
		{"run/partition.json", "        1", "        2", 12, append(train, "--resume")},
		{"run/env.json", `"test_labels_sha256": "`, `"test_labels_sha256": "0`, 12, []string{"eval", "run"}},
		{"run/result.json", `"zero_shot": 0.`, `"zero_shot": 1.`, 12, []string{"report", "run", "--out", "p"}},
		{"run/result.json", `"zero_shot": 0.`, `"zero_shot": 1.`, 12, []string{"inspect", "run"}},
		{"run/rounds.jsonl", `"seconds":0`, `"seconds":9`, 12, []string{"report", "run", "--out", "p"}},
		{"run/rounds.jsonl", `"seconds":0`, `"seconds":9`, 12, append(train, "--resume")},
	} {
		whole := read(t, dir, c.file)
		spoilt := strings.Replace(whole, c.from, c.to, 1)
		if spoilt == whole {
			t.Errorf("%s has no %s", c.file, c.from)
			continue
		}
		put(t, dir, c.file, []byte(spoilt))
		fails(t, dir, c.code, filepath.FromSlash(c.file), c.args...)
		put(t, dir, c.file, []byte(whole))
	}
	lines := strings.SplitAfter(read(t, dir, "run/rounds.jsonl"), "\n")
	put(t, dir, "run/rounds.jsonl", []byte(strings.Join(lines[:7], "")))
	fails(t, dir, 11, "records of 7 rounds", "report", "run", "--out", "p")
	put(t, dir, "run/rounds.jsonl", []byte(strings.Join(lines, "")+`{"round":11,"coh`)) // torn in a round too many
	want := read(t, dir, "run/result.json")
	ok(t, dir, append(train, "--resume")...)
	if read(t, dir, "run/result.json") != want || read(t, dir, "run/rounds.jsonl") != strings.Join(lines, "") {
		t.Error("resumed behind a torn line: another result")
	}
}
