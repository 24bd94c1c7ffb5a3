package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize"
	"github.com/fedpurel/fedpurel/featurize/cache"
)

// The model is named, but for the sample's own pictures; the built-in one on others is warned about, on record.
func TestModelIsChosen(t *testing.T) {
	dir := t.TempDir()
	fails(t, dir, 10, "models pull siglip-b16", "models", "show", "siglip-b16")
	needsRuntime(t)
	coloured(t, dir, "data", 20)
	fails(t, dir, 2, "--model is missing", "featurize", "--data", "data", "--out", "c")
	for name, say := range map[string]string{
		"clip-vit-b16":                 "models pull clip-vit-b16`",
		"Xenova/clip-vit-base-patch16": "then give --model clip-vit-base-patch16",
		"models/clip-vit-b32":          "models pull clip-vit-b32 --out models/clip-vit-b32",
		"clip-vit-b61":                 "did you mean clip-vit-b16? known: tiny, clip-vit-b32",
		"somewhere/else":               "models list",
	} {
		fails(t, dir, 10, say, "featurize", "--data", "data", "--out", "c", "--model", name)
	}
	ok(t, dir, "sample", "--out", "species", "--train", "1", "--test", "1")
	_, errs, code := fedpurel(t, dir, "featurize", "--data", "species", "--out", "own")
	if code != 0 || strings.Contains(errs+read(t, dir, "own", cache.ManifestFile), "built-in model") {
		t.Errorf("the sample: exit %d: %s", code, errs)
	}
	_, errs, code = fedpurel(t, dir, "featurize", "--data", "data", "--out", "other", "--model", "tiny", "--quiet")
	if code != 0 || !strings.Contains(errs, "warning: embedded with the built-in model") ||
		!strings.Contains(read(t, dir, "other", cache.ManifestFile), "embedded with the built-in model") {
		t.Errorf("other pictures: exit %d: %s", code, errs)
	}
}

// All images are tried, and all bad ones listed, before the exit code says so.
func TestInspectDecode(t *testing.T) {
	dir := t.TempDir()
	coloured(t, dir, "data", 20)
	if out := ok(t, dir, "inspect", "--data", "data", "--decode"); !strings.Contains(out, "40 of 40 images") ||
		!strings.Contains(out, "smallest 12×9 (train/kind_0/00000.png)") {
		t.Errorf("a sound set:\n%s", out)
	}
	bad := map[string]string{
		"train/kind_1/00003.png": "no picture", "train/kind_0/00004.png": "",
		"test/kind_0/00024.png": read(t, dir, "data/test/kind_0/00024.png")[:50],
	}
	for name, data := range bad {
		put(t, dir, "data/"+name, []byte(data))
	}
	out, errs, code := fedpurel(t, dir, "inspect", "--data", "data", "--decode")
	if code != 11 || !strings.Contains(errs, "3 of 40 images cannot be decoded") ||
		strings.Count(out, "\n  bad: ") != 3 || !strings.Contains(out, "37 of 40 images can be decoded") {
		t.Errorf("exit %d, %s:\n%s", code, errs, out)
	}
	out, _, code = fedpurel(t, dir, "inspect", "--data", "data", "--decode", "--json")
	var found struct{ Decoded featurize.Trial }
	if err := json.Unmarshal([]byte(out), &found); err != nil || code != 11 || found.Decoded.Good() != 37 {
		t.Fatalf("exit %d, %v:\n%s", code, err, out)
	}
	var names []string
	for _, b := range found.Decoded.Bad {
		names = append(names, b.File)
		if b.Reason == "" {
			t.Errorf("no reason for %s", b.File)
		}
	}
	if !slices.Equal(names, []string{"train/kind_0/00004.png", "train/kind_1/00003.png", "test/kind_0/00024.png"}) {
		t.Errorf("bad images %q", names)
	}
	fails(t, dir, 2, "--data", "inspect", "data", "--decode")
}
