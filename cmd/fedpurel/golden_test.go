package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/kept"
	"github.com/fedpurel/fedpurel/fed/saved"
)

// TestGolden compares whole runs with an independent implementation: parameters of the global and of one private branch
// after three rounds, computed by PyTorch's autograd in float64 (tools/reference/golden.py).
func TestGolden(t *testing.T) {
	golden, err := filepath.Abs("testdata/golden")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Options  []string
		Global   []float64
		Client   int
		Personal []float64
	}
	data, err := os.ReadFile(filepath.Join(golden, "golden.json"))
	if err == nil {
		err = json.Unmarshal(data, &cases)
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	array := func(name string) string { return filepath.Join(golden, name+".npy") }
	ok(t, dir, "cache", "import", "--out", "cache", "--logit-scale", "10", "--text-features", array("text"),
		"--train-features", array("train_x"), "--train-labels", array("train_y"),
		"--test-features", array("test_x"), "--test-labels", array("test_y"))
	for i, c := range cases {
		t.Run(strings.Join(c.Options[len(c.Options)-6:], " "), func(t *testing.T) {
			out := strconv.Itoa(i)
			ok(t, dir, append([]string{"train", "--cache", "cache", "--out", out}, c.Options...)...)
			store := kept.NewStore(4, dir, 1<<20)
			state, err := saved.Load(filepath.Join(dir, out, fed.CheckpointDir), len(c.Global), store)
			if err != nil {
				t.Fatal(err)
			}
			own, err := store.Get("phi", c.Client, nil)
			if err != nil {
				t.Fatal(err)
			}
			same := func(branch string, got []float32, want []float64) {
				if len(got) != len(want) {
					t.Fatalf("%s: %d parameters, want %d", branch, len(got), len(want))
				}
				var worst, size float64
				for j, w := range want {
					worst, size = max(worst, math.Abs(float64(got[j])-w)), max(size, math.Abs(w))
				}
				if !(worst <= 1e-4*size) {
					t.Errorf("%s: parameters differ by %.2g of %.2g", branch, worst, size)
				}
			}
			same("global", state.Shared["phi"], c.Global)
			same("personal", own, c.Personal)
		})
	}
	if len(cases) < 12 {
		t.Errorf("%d golden runs", len(cases))
	}
}
