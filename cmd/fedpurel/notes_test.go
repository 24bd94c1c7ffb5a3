package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// What leaves images out says so before training, once, on standard error, and first in the report; nothing does
// unasked.
func TestNotes(t *testing.T) {
	dir := imported(t)
	short := []string{"--cache", "cache", "--rounds", "2", "--module", "gate"}
	noted := func(args ...string) (out string, notes []string) {
		t.Helper()
		out, errs, code := fedpurel(t, dir, append(args, short...)...)
		if code != 0 {
			t.Fatalf("%v: exit %d: %s", args, code, errs)
		}
		for line := range strings.Lines(errs) {
			if note, ok := strings.CutPrefix(line, "fedpurel: note: "); ok {
				notes = append(notes, strings.TrimSpace(note))
			}
		}
		return out, notes
	}
	if _, notes := noted("train", "--out", "all"); notes != nil {
		t.Errorf("all images are used: %q", notes)
	}
	var r metric.Result
	if err := json.Unmarshal([]byte(read(t, dir, "all", "result.json")), &r); err != nil {
		t.Fatal(err)
	}
	if total := 360; r.TrainImages != total || len(r.Clients) != 20 || r.TrainCounts[5] != total/nClasses {
		t.Errorf("%d images, %d clients, %v", r.TrainImages, len(r.Clients), r.TrainCounts)
	}
	left := "training on 150 of 360 images: --imbalance 10"
	out, notes := noted("train", "--out", "cut", "--imbalance", "10")
	if want := []string{left, "15 clients, not 20: so that each has 10 of the 150 images"}; !equal(notes, want) ||
		!strings.HasPrefix(out, "T"+left[1:]+".\n") {
		t.Errorf("%q, want %q; %.100s", notes, want, out)
	}
	if _, notes = noted("train", "--out", "still", "--imbalance", "10", "--quiet"); notes != nil {
		t.Errorf("--quiet: %q", notes)
	}
	out, notes = noted("compare", "--out", "runs", "--imbalance", "10", "--clients", "4", "--seeds", "1-2", "--json")
	if !equal(notes, []string{left}) || !strings.Contains(out, left) {
		t.Errorf("compare: %q, %.100s", notes, out)
	}
	ok(t, dir, "report", "runs", "--out", "report")
	if page := read(t, dir, "report", "report.md"); !strings.Contains(page, "T"+left[1:]+".\n") {
		t.Errorf("the report does not say %q: %.900s", left, page)
	}
	_, errs, _ := fedpurel(t, dir, "partition", "--cache", "cache", "--imbalance", "10", "--clients", "4")
	if errs != "fedpurel: note: "+left+"\n" {
		t.Errorf("partition: %s", errs)
	}
	text := ok(t, dir, "train", "--explain", "--cache", "cache", "--imbalance", "10")
	for _, word := range []string{
		"what follows from the data in cache:\n", "--imbalance is given", "clients  15", "not 20", "clients = 15",
	} {
		if !strings.Contains(text, word) {
			t.Errorf("--explain does not say %q:\n%s", word, text)
		}
	}
}

func equal(a, b []string) bool { return strings.Join(a, "\n") == strings.Join(b, "\n") }

// An encoder that takes every class for another is warned of; its balance is none, in tables, figures and files.
func TestUnknownClasses(t *testing.T) {
	dir := t.TempDir()
	opts := arrays(t, dir, func(_ string, _ int, _ []float32, y *int64) { *y = (*y + 1) % nClasses })
	ok(t, dir, append([]string{"cache", "import", "--out", "cache"}, opts...)...)
	args := []string{"compare", "--cache", "cache", "--rounds", "3", "--seeds", "1", "--out", "runs", "--clients", "4"}
	out, errs, code := fedpurel(t, dir, args...)
	if code != 0 || strings.Count(errs, "the encoder hardly knows them; try another --model") != 1 ||
		!strings.HasPrefix(out, "Zero-shot gets ") {
		t.Fatalf("exit %d: %s\n%s", code, errs, out)
	}
	var r metric.Result
	result := read(t, dir, "runs", "zeroshot", "data-1", "seed-1", "result.json")
	if err := json.Unmarshal([]byte(result), &r); err != nil {
		t.Fatal(err)
	}
	if b := r.Last.Global.Value(metric.Balancedness); !math.IsNaN(b) {
		t.Errorf("balancedness %v at %v right", b, r.Last.Global.Value(metric.Accuracy))
	}
	ok(t, dir, "report", "runs", "--out", "report")
	if page := read(t, dir, "report", "report.md"); !strings.Contains(page, "| 2.5 | – | 1.6 |") ||
		!strings.Contains(page, "no more than guessing among 6 classes") {
		t.Errorf("%.900s", page)
	}
}
