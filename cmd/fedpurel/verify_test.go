package main

import (
	"path/filepath"
	"testing"
)

// Every command that maps a cache refuses one of which a bit changed since it was made, unless it is told not to look.
func TestDamagedCache(t *testing.T) {
	dir := imported(t)
	ok(t, dir, append([]string{"train", "--rounds", "2", "--out", "finished"}, quick...)...)
	lines := map[string][]string{
		"train":           append([]string{"train", "--rounds", "2", "--out", "run"}, quick...),
		"compare":         append([]string{"compare", "--rounds", "2", "--seeds", "1", "--out", "runs"}, quick...),
		"eval":            {"eval", "finished"},
		"partition":       {"partition", "--cache", "cache"},
		"calibrate-sigma": {"calibrate-sigma", "--cache", "cache", "--target", "50"},
		"inspect":         {"inspect", "cache", "--duplicates"},
	}
	for _, split := range []string{"train", "test"} {
		file := "cache/" + split + ".features.npy"
		whole := read(t, dir, file)
		put(t, dir, file, flipped(whole))
		for _, args := range lines {
			fails(t, dir, 12, filepath.FromSlash(file)+" has SHA-256", args...)
		}
		put(t, dir, file, []byte(whole))
	}
	put(t, dir, "cache/train.features.npy", flipped(read(t, dir, "cache/train.features.npy")))
	for _, args := range lines {
		ok(t, dir, append(args, "--no-verify")...)
	}
	fails(t, dir, 12, "train.features.npy", "inspect", "cache", "--verify")
	fails(t, dir, 2, "exclude each other", "inspect", "cache", "--verify", "--no-verify")
}

// The list of the images' names decides who owns what, where clients are folders: it is compared too.
func TestDamagedNames(t *testing.T) {
	needsRuntime(t)
	dir := t.TempDir()
	coloured(t, dir, "data", 20)
	ok(t, dir, "featurize", "--data", "data", "--model", "tiny", "--out", "cache")
	put(t, dir, "cache/train.files.txt", flipped(read(t, dir, "cache/train.files.txt")))
	fails(t, dir, 12, "train.files.txt has SHA-256", "partition", "--cache", "cache", "--clients", "2")
}

// flipped is a file with one bit changed.
func flipped(content string) []byte {
	b := []byte(content)
	b[len(b)/2] ^= 1
	return b
}
