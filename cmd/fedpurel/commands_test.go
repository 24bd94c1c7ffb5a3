package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// commandLines has a line for every command that there is, by its name, to be run in the folder that is returned with
// them: each succeeds there, the first time.
func commandLines(t *testing.T) (dir string, lines map[string][]string) {
	t.Helper()
	dir = imported(t)
	coloured(t, dir, "data", 20)
	t.Setenv("HF_ENDPOINT", mirror(t))
	train := append([]string{"train", "--rounds", "2", "--out", "run"}, quick...)
	ok(t, dir, append(append([]string{}, train...), "--out", "finished")...)
	rank := append([]string{"rank", "--out", "ranks"}, settings(t, dir)...)
	lines = map[string][]string{
		"demo":           {"demo", "--out", "demo"},
		"sample":         {"sample", "--out", "sample", "--train", "1", "--test", "1"},
		"models list":    {"models", "list"},
		"models show":    {"models", "show", "tiny"},
		"models verify":  {"models", "verify", "tiny"},
		"models pull":    {"models", "pull", "some/clip", "--out", "model"},
		"featurize":      {"featurize", "--data", "data", "--model", "tiny", "--out", "features", "--thumbnails", "2"},
		"cache import":   append([]string{"cache", "import", "--out", "imported"}, arrays(t, dir, nil)...),
		"cache cut":      {"cache", "cut", "--cache", "cache", "--clients", "2", "--out", "sites"},
		"cache identity": {"cache", "identity", "--cache", "cache", "--out", "identity"},
		"cache merge":    {"cache", "merge", "--out", "merged", "shard"},
		"inspect":        {"inspect", "finished", "--verify"},
		"partition":      {"partition", "--cache", "cache", "--out", "division.json"},
		"methods":        {"methods"},
		"train":          train,
		"eval":           {"eval", "finished"},
		"hub":            siteBehind(t, dir),
		"site":           {"site", "--cache", "cache", "--check", "shared"},
		"federate": {"federate", "--cache", "cache", "--sites", "2", "--rounds", "2", "--flower", "none",
			"--out", "fed"},
		"personalize":     {"personalize", "finished", "--cache", "cache", "--out", "own"},
		"compare":         append([]string{"compare", "--rounds", "2", "--out", "runs", "--seeds", "1"}, quick...),
		"watch":           {"watch", "finished"}, // until it is interrupted
		"report":          {"report", "finished", "--out", "page"},
		"rank":            rank,
		"export":          {"export", "finished", "--out", "exported"},
		"predict":         {"predict", "finished", "--features", "cache/test.features.npy"},
		"doctor":          {"doctor"},
		"runtime install": {"runtime", "install", "--dir", deps(t)}, // where it is in place
		"help":            {"help", "train"},
		"version":         {"version"},
		"completion":      {"completion", "bash"},
		"calibrate-sigma": {"calibrate-sigma", "--cache", "cache", "--target", "50"},
	}
	if len(library(t)) > 0 {
		shardOf(t, dir)
	}
	return dir, lines
}

// siteBehind starts a site on the cache, and returns a hub's line that runs over it. What both share is in shared.
func siteBehind(t *testing.T, dir string) []string {
	t.Helper()
	ok(t, dir, "cache", "identity", "--cache", "cache", "--out", "shared")
	x := exec.Command(program, "site", "--name", "one", "--cache", "cache", "--state", "state", "--socket", "one.sock")
	x.Dir = dir
	if err := x.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = x.Process.Kill()
		_ = x.Wait()
	})
	return []string{
		"hub", "--identity", "shared", "--sites", "one=one.sock", "--rounds", "2", "--out", "over-sites", "--quiet",
	}
}

// settings makes five comparisons, and returns their folders.
func settings(t *testing.T, dir string) (folders []string) {
	t.Helper()
	for _, beta := range []string{"0.1", "0.3", "0.5", "1", "5"} {
		out := "beta-" + beta
		ok(t, dir, append([]string{"compare", "--rounds", "2", "--out", out, "--seeds", "1", "--beta", beta,
			"--methods", "zeroshot,fedavg,local"}, quick...)...)
		folders = append(folders, out)
	}
	return folders
}

// withoutRuntime tells whether a command needs ONNX Runtime and there is none.
func withoutRuntime(t *testing.T, name string) bool {
	t.Helper()
	needs := strings.Contains("demo, featurize, cache merge, models verify, doctor, runtime install", name)
	return needs && len(library(t)) == 0
}

// deps is the folder of the ONNX Runtime of `make deps`.
func deps(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../.ort")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// shardOf makes the only shard of the pictures in data.
func shardOf(t *testing.T, dir string) string {
	t.Helper()
	ok(t, dir, "featurize", "--data", "data", "--model", "tiny", "--out", "shard", "--shard", "1/1")
	return "shard"
}
