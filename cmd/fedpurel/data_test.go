package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// coloured makes a folder of train pictures and a few test pictures of two classes, all different.
func coloured(t *testing.T, dir, name string, train int) {
	t.Helper()
	for i := range train + 20 {
		split := "train"
		if i >= train {
			split = "test"
		}
		img := image.NewRGBA(image.Rect(0, 0, 12, 9))
		for k := range 12 * 9 {
			img.SetRGBA(k%12, k/12, color.RGBA{byte(i), byte(i >> 8), byte(k * (1 + i%7)), 255})
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		put(t, dir, fmt.Sprintf("%s/%s/kind_%d/%05d.png", name, split, i%2, i), b.Bytes())
	}
}

func put(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// same compares two folders, file by file.
func same(t *testing.T, dir, a, b string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, a))
	if err != nil {
		t.Fatal(err)
	}
	others, err := os.ReadDir(filepath.Join(dir, b))
	if err != nil || len(others) != len(entries) {
		t.Errorf("%s has %d files, %s %d: %v", a, len(entries), b, len(others), err)
	}
	for _, e := range entries {
		if read(t, dir, a, e.Name()) != read(t, dir, b, e.Name()) {
			t.Errorf("%s of %s and of %s differ", e.Name(), a, b)
		}
	}
}

// Shards give the cache that one run gives, byte for byte, and so does work that was killed again and again.
func TestShardsAndKills(t *testing.T) {
	needsRuntime(t)
	dir := t.TempDir()
	coloured(t, dir, "data", 2600) // three parts, and one of test
	args := []string{
		"featurize", "--data", "data", "--model", "tiny", "--views", "2", "--view-seed", "3", "--dtype", "f16",
		"--thumbnails", "7",
	}
	ok(t, dir, append(args, "--out", "whole")...)
	for i := range 3 {
		name, share, batch := fmt.Sprint("shard", i+1), fmt.Sprint(i+1, "/3"), fmt.Sprint(5+11*i)
		out := ok(t, dir, append(args, "--out", name, "--shard", share, "--batch", batch)...)
		if !strings.Contains(out, "cache merge") {
			t.Errorf("a shard does not say what comes next: %s", out)
		}
	}
	fails(t, dir, 10, "3/3", "cache", "merge", "--out", "merged", "shard2", "shard1")
	fails(t, dir, 10, "cache merge", "inspect", "shard1")
	fails(t, dir, 2, "another --out", append(args, "--out", "shard1", "--shard", "1/3")...)
	fails(t, dir, 2, "not shard 2/3", append(args, "--out", "shard1", "--shard", "2/3", "--resume")...)
	fails(t, dir, 2, "not a whole cache", append(args, "--out", "shard1", "--resume")...)
	out := ok(t, dir, append(args, "--out", "shard1", "--shard", "1/3", "--resume")...)
	if !strings.Contains(out, "complete") {
		t.Errorf("a finished shard: %s", out)
	}
	ok(t, dir, "cache", "merge", "--out", "merged", "shard3", "shard1", "shard2")
	same(t, dir, "whole", "merged")
	ok(t, dir, "inspect", "merged", "--verify")
	out = ok(t, dir, "cache", "merge", "--out", "merged", "--json", "shard2", "shard1", "shard3")
	if !strings.Contains(out, `"complete": true`) {
		t.Errorf("merged again: %s", out)
	}

	kills := 0
	for ms := 100; ms < 60_000; ms += ms / 2 {
		cmd := exec.Command(program, append(args, "--out", "killed", "--resume")...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), library(t)...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(ms)*time.Millisecond, func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		timer.Stop()
		if err == nil {
			break
		}
		kills++
	}
	if kills < 2 {
		t.Errorf("killed only %d times", kills)
	}
	same(t, dir, "whole", "killed")
	for _, bad := range []string{"0/3", "4/3", "x", "1", "1/3/2", "-1/3"} {
		fails(t, dir, 2, "--shard", append(args, "--out", "bad", "--shard", bad)...)
	}
}

// Training on views depends on seeds alone, and differs from training without.
func TestViews(t *testing.T) {
	needsRuntime(t)
	dir := t.TempDir()
	coloured(t, dir, "data", 120)
	ok(t, dir, "featurize", "--data", "data", "--model", "tiny", "--out", "plain")
	ok(t, dir, "featurize", "--data", "data", "--model", "tiny", "--out", "viewed", "--views", "3")
	for _, name := range []string{"train.features.npy", "test.features.npy", "text.features.npy", "train.files.txt"} {
		if read(t, dir, "plain", name) != read(t, dir, "viewed", name) {
			t.Errorf("views change %s", name)
		}
	}
	if out := ok(t, dir, "inspect", "viewed"); !strings.Contains(out, "3 views") {
		t.Errorf("the views are not mentioned:\n%s", out)
	}
	ok(t, dir, "inspect", "viewed", "--verify")
	args := []string{"train", "--clients", "3", "--imbalance", "2", "--rounds", "3", "--cache"}
	ok(t, dir, append(args, "viewed", "--out", "a", "--views", "--workers", "1", "--trace", "trace")...)
	ok(t, dir, append(args, "viewed", "--out", "b", "--views", "--workers", "3")...)
	ok(t, dir, append(args, "viewed", "--out", "c")...)
	if read(t, dir, "a", "result.json") != read(t, dir, "b", "result.json") {
		t.Error("results depend on the workers")
	}
	if read(t, dir, "a", "result.json") == read(t, dir, "c", "result.json") {
		t.Error("views make no difference")
	}
	seen := map[int]bool{}
	for line := range strings.Lines(read(t, dir, "trace", "steps.jsonl")) {
		var s struct{ Rows, Views []int }
		if err := json.Unmarshal([]byte(line), &s); err != nil || len(s.Views) != len(s.Rows) {
			t.Fatalf("%v in %s", err, line)
		}
		for _, v := range s.Views {
			seen[v] = true
		}
	}
	if len(seen) != 3 || !seen[1] || !seen[2] || !seen[3] {
		t.Errorf("views drawn: %v", seen)
	}
	fails(t, dir, 2, "featurize --views", append(args, "plain", "--out", "d", "--views")...)
	fails(t, dir, 2, "views", "featurize", "--data", "data", "--model", "tiny", "--out", "e", "--views", "-1")
	fails(t, dir, 2, "--view-seed", "featurize", "--data", "data", "--model", "tiny", "--out", "e", "--view-seed", "2")
}

// Thumbnails change nothing else of a cache, which gets them afterwards, too.
func TestThumbnails(t *testing.T) {
	needsRuntime(t)
	dir := t.TempDir()
	coloured(t, dir, "data", 20)
	args := []string{"featurize", "--data", "data", "--model", "tiny", "--out"}
	ok(t, dir, append(args, "later")...)
	out := ok(t, dir, append(args, "at-once", "--thumbnails", "3")...)
	if !strings.Contains(out, "20 images, 6 thumbnails") {
		t.Errorf("the thumbnails are not mentioned:\n%s", out)
	}
	if got := ok(t, dir, append(args, "later", "--thumbnails", "3", "--resume")...); got !=
		strings.ReplaceAll(out, "at-once", "later") {
		t.Errorf("afterwards:\n%s", got)
	}
	same(t, dir, "later", "at-once")
	out = ok(t, dir, append(args, "later", "--thumbnails", "3", "--resume")...)
	if !strings.Contains(out, "complete") {
		t.Errorf("again:\n%s", out)
	}
	ok(t, dir, "inspect", "later", "--verify")
	fails(t, dir, 2, "already holds", append(args, "later", "--thumbnails", "3")...)
	fails(t, dir, 2, "thumbnails", append(args, "bad", "--thumbnails", "-1")...)
}

func TestInspectData(t *testing.T) {
	dir := t.TempDir()
	coloured(t, dir, "data", 40)
	if out := ok(t, dir, "inspect", "--data", "data", "--duplicates"); !strings.Contains(out, "format folder") ||
		!strings.Contains(out, "no image twice") {
		t.Errorf("%s", out)
	}
	put(t, dir, "data/test/kind_1/copy.png", []byte(read(t, dir, "data/train/kind_0/00000.png")))
	put(t, dir, "data/train/kind_0/again.png", []byte(read(t, dir, "data/train/kind_0/00002.png")))
	put(t, dir, "data/train/kind_0/notes.txt", []byte("x"))
	out := ok(t, dir, "inspect", "--data", "data", "--duplicates")
	for _, want := range []string{
		"2 images are there more than once: 1 of them in several splits",
		"1 under different labels",
		"train train/kind_0/00000.png (kind 0) = test test/kind_1/copy.png (kind 1)",
		"notes.txt",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	var parsed struct {
		Duplicates struct {
			Groups    [][]struct{}
			Across    int `json:"across_splits"`
			Conflicts int `json:"different_labels"`
		}
		Counts map[string][]int
	}
	out = ok(t, dir, "inspect", "--data", "data", "--duplicates", "--json")
	if err := json.Unmarshal([]byte(out), &parsed); err != nil {
		t.Fatal(err)
	}
	if d := parsed.Duplicates; len(d.Groups) != 2 || d.Across != 1 || d.Conflicts != 1 || len(d.Groups[0]) != 2 ||
		parsed.Counts["train"][0] != 21 {
		t.Errorf("%+v", parsed)
	}
	fails(t, dir, 2, "--verify", "inspect", "--data", "data", "--verify")
	fails(t, dir, 2, "--data", "inspect", "data", "--resplit")
	fails(t, dir, 10, "does not exist", "inspect", "--data", "nowhere")
	fails(t, dir, 2, "unknown format", "inspect", "--data", "data", "--format", "zip")

	if len(library(t)) == 0 && os.Getenv("ONNXRUNTIME_LIB") == "" {
		return
	}
	ok(t, dir, "featurize", "--data", "data", "--model", "tiny", "--out", "cache")
	if out := ok(t, dir, "inspect", "cache", "--duplicates"); !strings.Contains(out, "1 of them in several splits") ||
		!strings.Contains(out, "copy.png") {
		t.Errorf("%s", out)
	}
}

// A class whose name is no UTF-8 has a cache that opens, and images that fail for reasons of the system are not
// left out.
func TestOddSystems(t *testing.T) {
	needsRuntime(t)
	dir := t.TempDir()
	coloured(t, dir, "data", 40)
	if err := os.Rename(filepath.Join(dir, "data/train/kind_1"), filepath.Join(dir, "data/train/caf\xe9")); err != nil {
		t.Skip("names must be UTF-8 here: ", err)
	}
	ok(t, dir, "featurize", "--data", "data", "--model", "tiny", "--out", "cache")
	ok(t, dir, "inspect", "cache", "--verify")
	ok(t, dir, "featurize", "--data", "data", "--model", "tiny", "--out", "shard", "--shard", "1/1")
	ok(t, dir, "cache", "merge", "--out", "merged", "shard")
	same(t, dir, "cache", "merged")
	put(t, dir, "latin.txt", []byte("une photo de {}, un caf\xe9"))
	fails(t, dir, 2, "UTF-8", "featurize", "--data", "data", "--model", "tiny", "--out", "x", "--quiet",
		"--templates", "latin.txt")
}

func TestTemplateSets(t *testing.T) {
	needsRuntime(t)
	dir := t.TempDir()
	coloured(t, dir, "data", 20)
	ok(t, dir, "featurize", "--data", "data", "--model", "tiny", "--out", "named", "--templates", "cifar18")
	if m := read(t, dir, "named", "manifest.json"); strings.Count(m, "photo of") != 18 {
		t.Errorf("%d templates", strings.Count(m, "photo of"))
	}
	put(t, dir, "mine.txt", []byte("# two\none {}.\nthe {}!\n"))
	ok(t, dir, "featurize", "--data", "data", "--model", "tiny", "--out", "file", "--templates", "mine.txt")
	if m := read(t, dir, "file", "manifest.json"); !strings.Contains(m, "the {}!") {
		t.Error("the file's templates are not used")
	}
	fails(t, dir, 2, "imagenet80", "featurize", "--data", "data", "--model", "tiny", "--out", "x",
		"--templates", "imagenet")
	fails(t, dir, 2, "exclude", "featurize", "--data", "data", "--model", "tiny", "--out", "x",
		"--templates", "cifar18", "--template", "a {}")
}
