package lab_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// mustOutcome trains without a folder.
func mustOutcome(t *testing.T, s lab.Settings) *lab.Outcome {
	t.Helper()
	o, err := lab.Train(context.Background(), mustSpec(t, lab.Default(), s), "", lab.How{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Close() })
	return o
}

// Class counts can be estimated only with a trainable head; without one a run is refused in a line.
func TestEstimatedPriorNeedsHead(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	for _, module := range tables.Modules {
		s := b.base(lab.Settings{
			"method": "fedavg", "module": module.Name, "loss": "adjusted", "prior": "estimated",
		})
		_, err := tables.Spec(s)
		if headed := module.Name == "linear" || strings.HasSuffix(module.Name, "-head"); headed {
			if err != nil {
				t.Errorf("%s: %v", module.Name, err)
			}
			continue
		}
		if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "trainable head") ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", module.Name, err)
		}
	}
	o := mustOutcome(t, b.base(lab.Settings{
		"method": "fedavg", "module": "projection-head", "loss": "adjusted", "prior": "estimated",
	}))
	if o.Result.Rounds != 2 {
		t.Errorf("%d rounds", o.Result.Rounds)
	}
}

// With --post-adjust τ a model predicts argmax ℓ − τ log π, with the class shares π of all training images: of the same
// parameters it is the one without, less τ log π.
func TestPostAdjust(t *testing.T) {
	b := newBench(t)
	const tau = 0.5
	s := b.base(lab.Settings{"method": "fedavg", "module": "linear"})
	plain, adjusted := mustOutcome(t, s), mustOutcome(t, lab.Settings{"post_adjust": tau}.Over(s))
	x := f32.New(3, dim)
	for i := range x.Data {
		x.Data[i] = float32(math.Sin(float64(i)))
	}
	of := func(o *lab.Outcome) f32.Matrix {
		m, err := o.Model("")
		if err != nil {
			t.Fatal(err)
		}
		return m.Logits(nil, x)
	}
	counts, total := plain.Result.TrainCounts, 0
	for _, n := range counts {
		total += n
	}
	before, after := of(plain), of(adjusted)
	for i := range x.Rows {
		want := slices.Clone(before.Row(i))
		for c, n := range counts {
			want[c] -= float32(tau * math.Log(float64(n)/float64(total)))
		}
		if d := f32.Distance(after.Row(i), want); d > 1e-5 {
			t.Errorf("row %d: logits are %v, want %v", i, after.Row(i), want)
		}
	}
}
