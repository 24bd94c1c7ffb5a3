package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A site's cache is made like an identity: with nothing but it and the model the cache is the one that it was made of.
func TestFeaturizeLike(t *testing.T) {
	if len(library(t)) == 0 {
		t.Skip("no ONNX Runtime in .ort: run `make deps`")
	}
	dir := t.TempDir()
	coloured(t, dir, "data", 20)
	made := []string{"featurize", "--data", "data", "--model", "tiny"}
	ok(t, dir, append(made, "--out", "whole", "--template", "a {} of colours", "--views", "2", "--logit-scale", "50",
		"--dtype", "f16")...)
	ok(t, dir, "cache", "identity", "--cache", "whole", "--out", "identity")
	ok(t, dir, append(made, "--like", "identity", "--out", "site")...)
	same(t, dir, "whole", "site")
	for flag, want := range map[string]string{
		"--template=a photo of a {}": "different prompts", "--views=0": "not the same views",
		"--logit-scale=100": "different logit scales", "--crop-rule=torchvision": "prepared in different ways",
		"--text-features=t.npy": "exclude each other",
	} {
		_, errs, code := fedpurel(t, dir, append(made, "--like", "identity", "--out", "no", flag)...)
		if code != 12 && code != 2 || !strings.Contains(errs, want) || strings.Count(errs, "\n") > 2 {
			t.Errorf("%s: exit code %d, %s", flag, code, errs)
		}
		if _, err := os.Stat(filepath.Join(dir, "no")); err == nil {
			t.Errorf("%s: something is written", flag)
		}
	}
	for _, c := range []struct {
		like string
		code int
	}{{"whole", 2}, {"nowhere", 10}} {
		if _, errs, code := fedpurel(t, dir, append(made, "--like", c.like, "--out", "no")...); code != c.code {
			t.Errorf("like %s: exit code %d, %s", c.like, code, errs)
		}
	}
	put(t, dir, "identity/text.features.npy", []byte(strings.Repeat("x", 200)))
	if _, errs, code := fedpurel(t, dir, append(made, "--like", "identity", "--out", "no")...); code != 12 {
		t.Errorf("a damaged identity: exit code %d, %s", code, errs)
	}
}
