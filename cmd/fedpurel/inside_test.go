package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// result reads the result of the run in dir/name.
func result(t *testing.T, dir, name string) (r metric.Result) {
	t.Helper()
	if err := json.Unmarshal([]byte(read(t, dir, name, "result.json")), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// pictured makes a few of the sample's pictures.
func pictured(t *testing.T) (dir string) {
	t.Helper()
	if len(library(t)) == 0 && os.Getenv("ONNXRUNTIME_LIB") == "" {
		t.Skip("no ONNX Runtime: run `make deps`")
	}
	dir = t.TempDir()
	ok(t, dir, "sample", "--train", "4", "--test", "2", "--out", "data")
	return dir
}

// Prompts train through the built-in model's text tower: runs are the same for any number of workers, models predict
// without the tower, for everybody and for a client, and what does not go together is said in a line.
func TestPrompts(t *testing.T) {
	dir := pictured(t)
	ok(t, dir, "featurize", "--data", "data", "--out", "cache")
	train := func(out string, more ...string) []string {
		return append([]string{"train", "--cache", "cache", "--rounds", "2", "--clients", "4", "--out", out}, more...)
	}
	ok(t, dir, train("one", "--module", "prompt", "--lr", "0.05", "--workers", "1")...)
	ok(t, dir, train("two", "--module", "prompt", "--lr", "0.05", "--workers", "3")...)
	if read(t, dir, "one", "result.json") != read(t, dir, "two", "result.json") {
		t.Error("the result hangs on the number of workers")
	}
	r := result(t, dir, "one")
	if r.Last.Global.Value(metric.Accuracy) == r.ZeroShot.Global.Value(metric.Accuracy) {
		t.Error("a step of 0.05 changes no prediction")
	}
	counts := metric.NewCounts(len(r.Classes))
	said := ok(t, dir, "predict", "one", "--data", "data", "--split", "test", "--format", "jsonl")
	for _, p := range records(t, said) {
		counts.Add(slices.Index(r.Classes, p.Class), slices.Index(r.Classes, p.Top[0].Class))
	}
	if want := r.PerClass["global"]; !slices.Equal(counts.Correct, want.Correct) {
		t.Errorf("predicted right %v, evaluated %v", counts.Correct, want.Correct)
	}
	ok(t, dir, "predict", "one", "--client", "2", "--data", "data", "--split", "test", "--format", "jsonl")
	ok(t, dir, "export", "one", "--out", "exported")
	ok(t, dir, "eval", "one")
	ok(t, dir, "inspect", "one", "--verify")
	ok(t, dir, train("class", "--module", "prompt-class", "--method", "promptfolio",
		"--prompt-start", "a photo of a")...)
	ok(t, dir, train("la", "--module", "prompt", "--method", "fedavg+la+residual", "--model", "tiny")...)

	fails(t, dir, 2, "is read by modules inside the encoder", train("no", "--module", "lora", "--model", "tiny")...)
	fails(t, dir, 2, "has 2 tokens, and --prompt-tokens is 4",
		train("no", "--module", "prompt", "--prompt-start", "photo of")...)
	fails(t, dir, 2, "lower --prompt-tokens", train("no", "--module", "prompt", "--prompt-tokens", "22")...)
	fails(t, dir, 10, "--model nowhere: there is no such folder",
		train("no", "--module", "prompt", "--model", "nowhere")...)
	fails(t, dir, 2, "only where it starts from words", train("no", "--module", "prompt", "--wise", "0.5")...)
	fails(t, dir, 2, "holds no tokens", train("no", "--module", "lora-vision")...)
	if entries, err := filepath.Glob(filepath.Join(dir, "no*")); err != nil || len(entries) > 0 {
		t.Errorf("refused runs leave %v", entries)
	}

	// A cache of another encoder, whose folder is named: its files are others.
	otherModel(t, dir)
	fails(t, dir, 12, "is not tiny", train("no", "--module", "prompt", "--model", "other")...)
}

// Low-rank updates train inside the image tower on cached tokens, which are checked like the rest of a cache.
func TestTokens(t *testing.T) {
	dir := pictured(t)
	ok(t, dir, "featurize", "--data", "data", "--out", "plain")
	said := ok(t, dir, "featurize", "--data", "data", "--out", "cache", "--tokens", "2", "--views", "1")
	if !strings.Contains(said, "tokens for the last 2 blocks") {
		t.Error(said)
	}
	train := func(out string, more ...string) []string {
		return append([]string{
			"train", "--cache", "cache", "--module", "lora-vision", "--rounds", "2", "--clients", "4", "--out", out,
		}, more...)
	}
	ok(t, dir, train("one", "--dropout", "0.25", "--rank-stable", "--workers", "1")...)
	ok(t, dir, train("two", "--dropout", "0.25", "--rank-stable", "--workers", "3")...)
	if read(t, dir, "one", "result.json") != read(t, dir, "two", "result.json") {
		t.Error("the result hangs on the number of workers")
	}
	ok(t, dir, train("views", "--views", "--method", "fedavg+la+residual", "--lr", "0.05")...)
	ok(t, dir, train("ffa", "--method", "ffa")...)
	ok(t, dir, train("sa", "--method", "fedsa")...)
	ok(t, dir, "eval", "one")
	ok(t, dir, "inspect", "one", "--verify")
	ok(t, dir, "inspect", "cache", "--verify")

	// What leaves tokens behind says so.
	ok(t, dir, "sample", "--train", "3", "--test", "1", "--seed", "7", "--out", "data7")
	ok(t, dir, "featurize", "--data", "data7", "--out", "part", "--views", "1")
	for _, args := range [][]string{
		{"cache", "cut", "--cache", "cache", "--clients", "2", "--out", "cut"},
		{"cache", "merge", "--sites", "--out", "sites", "a=cache", "b=part"},
	} {
		out, errs, code := fedpurel(t, dir, args...)
		if code != 0 || !strings.Contains(out+errs, "stay behind") {
			t.Errorf("%v: exit %d: %s%s", args, code, out, errs)
		}
	}

	// Shards make the same files.
	for _, shard := range []string{"1/2", "2/2"} {
		ok(t, dir, "featurize", "--data", "data", "--out", "s"+shard[:1], "--tokens", "2", "--views", "1",
			"--shard", shard)
	}
	ok(t, dir, "cache", "merge", "--out", "merged", "s1", "s2")
	files, err := filepath.Glob(filepath.Join(dir, "cache", "*"))
	if err != nil || len(files) < 8 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if name := filepath.Base(file); read(t, dir, "cache", name) != read(t, dir, "merged", name) {
			t.Errorf("shards make another %s", name)
		}
	}

	fails(t, dir, 2, "the cache has tokens for the last 2 blocks", train("no", "--blocks", "1")...)
	fails(t, dir, 2, "beside which a residue can lie", train("no", "--method", "fedex")...)
	fails(t, dir, 2, "has 4 blocks, and not 5", "featurize", "--data", "data", "--out", "no", "--tokens", "5")
	fails(t, dir, 2, "1 or more", "featurize", "--data", "data", "--out", "no", "--tokens", "-1")
	fails(t, dir, 2, "predicts from tokens", "predict", "one", "--data", "data", "--split", "test")
	fails(t, dir, 2, "predicts from tokens", "export", "one", "--out", "no")
	fails(t, dir, 2, "holds no tokens",
		"train", "--cache", "plain", "--module", "lora-vision", "--rounds", "1", "--out", "no")

	tokens := filepath.Join(dir, "cache", "test.tokens.00000.npy")
	whole, err := os.ReadFile(tokens)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code int
		say  string
		data []byte
	}{
		{11, "is truncated", whole[:len(whole)-100]},
		{12, "was changed or damaged", append(slices.Clone(whole[:len(whole)-1]), whole[len(whole)-1]^1)},
	} {
		if err := os.WriteFile(tokens, c.data, 0o644); err != nil {
			t.Fatal(err)
		}
		fails(t, dir, c.code, c.say, train("no")...)
	}
	if err := os.Remove(tokens); err != nil {
		t.Fatal(err)
	}
	fails(t, dir, 10, "test.tokens.00000.npy", train("no")...)
}
