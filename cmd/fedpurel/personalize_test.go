package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// Clients that never take part stand in the result, in tables and in the report; whoever evaluates finds the same.
func TestUnseen(t *testing.T) {
	dir := imported(t)
	args := append([]string{"train", "--out", "run", "--rounds", "3", "--unseen", "2"}, quick...)
	out := ok(t, dir, args...)
	var first, again metric.Result
	if err := json.Unmarshal([]byte(read(t, dir, "run", "result.json")), &first); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{out, ok(t, dir, "eval", "run")} {
		if !strings.Contains(text, "Clients that never took part") {
			t.Errorf("not a word of them:\n%s", text)
		}
	}
	if err := json.Unmarshal([]byte(ok(t, dir, "eval", "run", "--json")), &again); err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(first.Unseen)
	if b, _ := json.Marshal(again.Unseen); string(a) != string(b) || len(first.Unseen.Clients) != 2 {
		t.Errorf("trained %s, evaluated %s", a, b)
	}
	if out := ok(t, dir, "report", "run", "--out", "page"); !strings.Contains(out, "Clients that never took part") {
		t.Errorf("report:\n%s", out)
	}
	for _, name := range []string{"unseen.csv", "unseen-clients.csv"} {
		if read(t, dir, "page", name) == "" {
			t.Errorf("%s is empty", name)
		}
	}
	for _, name := range []string{"report.md", "report.html"} {
		if !strings.Contains(read(t, dir, "page", name), "Clients that never took part") {
			t.Errorf("%s does not speak of them", name)
		}
	}
	fails(t, dir, 2, "--unseen 99 leaves none", append(args, "--unseen", "99", "--out", "o")...)
	fails(t, dir, 2, "all clients take part", append(args, "--unseen", "0", "--adapt-rounds", "2", "--out", "o")...)
}

// A site that comes later brings its pictures to a finished run.
func TestPersonalize(t *testing.T) {
	needsRuntime(t)
	dir := t.TempDir()
	classes := map[string]bool{}
	for class, all := range photos(t) {
		for i, photo := range all {
			for _, site := range []string{"old", "new site"} {
				put(t, dir, site+"/"+class+"/"+string(rune('a'+i))+".jpg", photo)
			}
			classes[class] = true
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, "new site", "hat")); err != nil {
		t.Fatal(err)
	}
	ok(t, dir, "featurize", "--data", "old", "--out", "cache", "--model", "tiny")
	ok(t, dir, "train", "--cache", "cache", "--out", "run", "--rounds", "3", "--clients", "2", "--quiet")
	if err := os.RemoveAll(filepath.Join(dir, "cache")); err != nil { // the run is enough
		t.Fatal(err)
	}
	_, notes, code := fedpurel(t, dir, "personalize", "run", "--data", "new site", "--out", "own")
	if code != 0 || !strings.Contains(notes, "of the run's") {
		t.Fatalf("exit %d: %s", code, notes)
	}
	var r metric.Result
	if err := json.Unmarshal([]byte(ok(t, dir, "eval", "own", "--json")), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Classes) != len(classes) || len(r.Clients) != 1 || r.Clients[0].Name != "new site" || r.Rounds != 3 {
		t.Errorf("%d classes, clients %+v, %d rounds", len(r.Classes), r.Clients, r.Rounds)
	}
	if out := ok(t, dir, "inspect", "own", "--verify"); !strings.Contains(out, "one client that never took part") {
		t.Errorf("inspect:\n%s", out)
	}
	ok(t, dir, "report", "own", "--out", "page")
	ok(t, dir, "personalize", "run", "--cache", "own/cache", "--out", "twin", "--name", "new site")
	if read(t, dir, "own", "model", "card.json") != read(t, dir, "twin", "model", "card.json") {
		t.Error("from a cache it is another model")
	}

	fails(t, dir, 2, "not empty", "personalize", "run", "--cache", "own/cache", "--out", "twin")
	fails(t, dir, 2, "--data PATH or --cache DIR", "personalize", "run", "--out", "o")
	fails(t, dir, 2, "--on-error is read with --data alone", "personalize", "run", "--cache", "own/cache", "--out", "o",
		"--on-error", "skip")
	otherModel(t, dir)
	fails(t, dir, 12, "is not tiny, with which the run was trained", "personalize", "run", "--data", "new site",
		"--model", "other", "--out", "o")
	fails(t, dir, 2, "one run folder", "personalize", "--cache", "own/cache", "--out", "o")
	put(t, dir, "odd/unicorn/a.jpg", photos(t)["hat"][0])
	put(t, dir, "odd/unicorn/b.jpg", photos(t)["hat"][1])
	put(t, dir, "odd/hat/c.jpg", photos(t)["hat"][2])
	put(t, dir, "odd/hat/d.jpg", photos(t)["shirt"][0])
	_, errs, code := fedpurel(t, dir, "personalize", "run", "--data", "odd", "--out", "o", "--quiet")
	if code != 2 || !strings.Contains(errs, "does not know the classes unicorn") {
		t.Errorf("an unknown class: exit %d: %s", code, errs)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "o")); err == nil && len(left) > 0 {
		t.Errorf("it leaves %v behind", left)
	}
	put(t, dir, "one/hat/c.jpg", photos(t)["hat"][2])
	_, errs, code = fedpurel(t, dir, "personalize", "run", "--data", "one", "--out", "o2")
	if code == 0 || strings.Count(strings.TrimSpace(strange.ReplaceAllString(errs, "")), "\n") != 0 {
		t.Errorf("one image: exit %d: %s", code, errs)
	}
}

// A newcomer's pictures are prepared as the run's were, whatever was said about them.
func TestPersonalizePreparesAlike(t *testing.T) {
	needsRuntime(t)
	dir := t.TempDir()
	for class, all := range photos(t) {
		for i, photo := range all {
			put(t, dir, "site/"+class+"/"+string(rune('a'+i))+".jpg", photo)
		}
	}
	for name, said := range map[string][]string{
		"preset": {"--preprocess", "cifar-released"}, "turned": {"--auto-orient"},
		"both": {"--preprocess", "squash", "--auto-orient"}, "cut": {"--crop-rule", "torchvision"},
	} {
		cache, run := name+"-cache", name+"-run"
		ok(t, dir, append([]string{"featurize", "--data", "site", "--out", cache, "--model", "tiny"}, said...)...)
		ok(t, dir, "train", "--cache", cache, "--out", run, "--rounds", "2", "--clients", "2", "--quiet")
		ok(t, dir, "personalize", run, "--data", "site", "--out", name+"-own")
		ok(t, dir, "personalize", run, "--cache", cache, "--out", name+"-twin", "--name", "site")
		if read(t, dir, name+"-own", "model", "card.json") != read(t, dir, name+"-twin", "model", "card.json") {
			t.Errorf("%s: from pictures it is another model than from the run's cache", name)
		}
	}
}
