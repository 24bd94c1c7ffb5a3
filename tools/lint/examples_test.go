package lint

import (
	"path"
	"regexp"
	"slices"
	"testing"
)

// doors are the packages that programs outside begin with. Each has an example.
var doors = []string{
	"fed", "fed/eval", "fed/lab", "fed/method", "fed/metric", "fed/partition", "fed/report",
	"featurize", "featurize/cache", "featurize/dataset/all", "featurize/pixel",
	"models", "models/bpe", "models/onnx",
	"train", "train/f32", "train/npy", "train/option", "train/peft", "train/safetensors",
}

// example is a function that go doc shows and go test runs.
var example = regexp.MustCompile(`(?m)^func Example\w*\(\) \{$`)

func TestDoorsHaveExamples(t *testing.T) {
	names := tracked(t)
	for _, pkg := range doors {
		file := path.Join(pkg, "example_test.go")
		if !slices.Contains(names, file) || !example.MatchString(read(t, file)) {
			t.Errorf("%s has no example", file)
		}
	}
}
