package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/tools/fixture"
)

// photos are the shared photographs by their class, in the order of their names.
func photos(t *testing.T) map[string][][]byte {
	t.Helper()
	root := fixture.Path(t, "data/photos")
	files, err := filepath.Glob(filepath.Join(root, "*", "*.jpg"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d photographs in %s: %v", len(files), root, err)
	}
	of := map[string][][]byte{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		class := filepath.Base(filepath.Dir(file))
		of[class] = append(of[class], data)
	}
	return of
}

// sessionSites are three sites' names as people choose them.
var sessionSites = []string{"New York", "Zürich", "site-3"}

// messy lays the photographs out as users have them, site by site, with what lies about in such folders and one file
// that is torn. It returns the number of good ones.
func messy(t *testing.T, dir, name string) (good int) {
	t.Helper()
	for class, all := range photos(t) {
		for i, photo := range all {
			site := sessionSites[i%len(sessionSites)]
			if site == "site-3" && class == "hat" {
				site = "Zürich"
			}
			put(t, dir, filepath.ToSlash(filepath.Join(name, site, class, "IMG "+string(rune('a'+i))+".JPG")), photo)
			good++
		}
		if class == "dress" {
			put(t, dir, name+"/Zürich/dress/torn.jpg", all[0][:len(all[0])/2])
		}
	}
	put(t, dir, name+"/Thumbs.db", []byte("thumbs"))
	put(t, dir, name+"/New York/hat/Thumbs.db", []byte("thumbs"))
	put(t, dir, name+"/Zürich/.DS_Store", []byte("mac"))
	put(t, dir, name+"/Zürich/dress/._IMG a.JPG", []byte("mac"))
	put(t, dir, name+"/site-3/shoes/notes.txt", []byte("left shoes only"))
	if err := os.MkdirAll(filepath.Join(dir, name, "site-3", "hat"), 0o755); err != nil {
		t.Fatal(err)
	}
	return good
}

// holdsAll checks that a text names all sites.
func holdsAll(t *testing.T, what, text string) {
	t.Helper()
	for _, site := range sessionSites {
		if !strings.Contains(text, site) {
			t.Errorf("%s does not name %s:\n%.300s", what, site, text)
		}
	}
}

// owned checks that a run's clients are the sites, and that they hold all training images of the cache.
func owned(t *testing.T, dir, run, from string) {
	t.Helper()
	var result metric.Result
	if err := json.Unmarshal([]byte(read(t, dir, run, "result.json")), &result); err != nil {
		t.Fatal(err)
	}
	var m cache.Manifest
	if err := json.Unmarshal([]byte(read(t, dir, from, cache.ManifestFile)), &m); err != nil {
		t.Fatal(err)
	}
	var names []string
	train := 0
	for _, c := range result.Clients {
		names, train = append(names, c.Name), train+c.Train
	}
	slices.Sort(names)
	if !slices.Equal(names, sessionSites) {
		t.Errorf("clients %q, want %q", names, sessionSites)
	}
	if m.Splits[0].Name != "train" || train != m.Splits[0].Rows {
		t.Errorf("clients train on %d of %d images", train, m.Splits[0].Rows)
	}
}

// A newcomer has photographs of three sites in folders as they grew, and wants numbers for each.
func TestSession(t *testing.T) {
	needsRuntime(t)
	dir := t.TempDir()
	good := messy(t, dir, "shop photos")

	holdsAll(t, "inspect", ok(t, dir, "inspect", "--data", "shop photos"))
	out, _, code := fedpurel(t, dir, "inspect", "--data", "shop photos", "--decode")
	if code != 11 || strings.Count(out, "\n  bad: ") != 1 || !strings.Contains(out, "bad: Zürich/dress/torn.jpg") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	fails(t, dir, 2, "--model is missing", "featurize", "--data", "shop photos", "--out", "cache")
	out = ok(t, dir, "featurize", "--data", "shop photos", "--out", "cache", "--model", "tiny", "--on-error", "skip")
	if !strings.Contains(out, "torn.jpg") {
		t.Errorf("the torn image is skipped without a word:\n%s", out)
	}
	var m cache.Manifest
	if err := json.Unmarshal([]byte(read(t, dir, "cache", cache.ManifestFile)), &m); err != nil {
		t.Fatal(err)
	}
	if n := m.Splits[0].Rows + m.Splits[1].Rows; n != good || len(m.Classes) != 10 {
		t.Errorf("%d of %d good images are used, in %d classes", n, good, len(m.Classes))
	}

	_, errs, code := fedpurel(t, dir, "train", "--cache", "cache", "--out", "run", "--rounds", "3", "--quiet")
	if code != 0 || strings.Contains(errs, "training on") {
		t.Errorf("train: exit %d: %s", code, errs)
	}
	owned(t, dir, "run", "cache")
	ok(t, dir, "report", "run", "--out", "report")
	for _, name := range []string{"clients.csv", "report.html"} {
		holdsAll(t, name, read(t, dir, "report", name))
	}
	used(t, dir)
}

// used goes on with the run of a session: the model at work, one for a site that opens later, and one served by others.
func used(t *testing.T, dir string) {
	hat := filepath.Join("shop photos", "Zürich", "hat", "IMG b.JPG")
	seen := records(t, ok(t, dir, "predict", "run", "--client", "Zürich", "--format", "jsonl", hat))
	if len(seen) != 1 || len(seen[0].Top) != 3 || seen[0].Error != "" {
		t.Fatalf("predict: %+v", seen)
	}
	_, errs, code := fedpurel(t, dir, "predict", "run", filepath.Join("shop photos", "Zürich"))
	if code != 1 || strings.Count(errs, "torn.jpg") != 1 {
		t.Errorf("predict, with a torn picture: exit %d: %s", code, errs)
	}

	for class, all := range photos(t) {
		for i, photo := range all {
			put(t, dir, filepath.ToSlash(filepath.Join("Oslo", class, string(rune('a'+i))+".jpg")), photo)
		}
	}
	ok(t, dir, "personalize", "run", "--data", "Oslo", "--out", "oslo")
	if out := ok(t, dir, "predict", "oslo", "--client", "Oslo", hat); !strings.Contains(out, "%") {
		t.Errorf("predict for a new site:\n%s", out)
	}

	out := ok(t, dir, "export", "run", "--client", "Zürich", "--with-encoder", "--out", "exported")
	if !strings.Contains(out, "exported: the model of client Zürich, 10 classes; model.onnx takes pixel_values\n") {
		t.Errorf("export:\n%s", out)
	}
	t.Run("serve", func(t *testing.T) {
		url := serve(t, python(t, "onnxruntime, numpy, PIL.Image"), filepath.Join(dir, "exported", "model.onnx"))
		answer := ask(t, url, filepath.Join(dir, hat))
		for _, top := range seen[0].Top { // Pillow and this program may decode a JPEG a bit differently
			if p := answer[top.Class]; len(answer) != 3 || math.Abs(p-top.Probability) > 0.02 {
				t.Errorf("served %v, predicted %+v", answer, seen[0].Top)
			}
		}
	})
}

// Each site embeds its own photographs, and only the caches come together.
func TestSessionApart(t *testing.T) {
	needsRuntime(t)
	dir := t.TempDir()
	of := photos(t)
	has := map[string][]string{
		"New York": {"dress", "hat", "pants", "shirt"},
		"Zürich":   {"hat", "shoes", "shirt"},
		"site-3":   {"shoes", "skirt"},
	}
	merge := []string{"cache", "merge", "--sites", "--out", "all"}
	for site, classes := range has {
		for _, class := range classes {
			for i, photo := range of[class] {
				put(t, dir, site+"/"+class+"/"+string(rune('a'+i))+".jpg", photo)
			}
		}
		ok(t, dir, "featurize", "--data", site, "--out", "caches/"+site, "--model", "tiny")
		merge = append(merge, "caches/"+site)
	}
	holdsAll(t, "cache merge", ok(t, dir, merge...))
	ok(t, dir, "train", "--cache", "all", "--out", "run", "--rounds", "3", "--quiet")
	owned(t, dir, "run", "all")
}
