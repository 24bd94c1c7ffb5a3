package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Without its own term a loss is the cross-entropy, bit for bit: γ = 0; no margin, before classes are weighted.
func TestRareReduces(t *testing.T) {
	l, y := random(rand.New(rand.NewPCG(24, 0)), 6, 4, 2), []int32{0, 1, 2, 3, 3, 1}
	plain, d := f32.New(6, 4), f32.New(6, 4)
	want := CrossEntropy(plain, l, y)
	few := Owner{Counts: []int{9, 3, 2, 1}, Progress: 0.79}
	for name, loss := range map[string]Loss{
		"focal": Focal{0}.open(few), "ldam": LDAM{0, 0.8, 0.9}.open(few), "never": LDAM{0, 1, 0.9}.open(few),
	} {
		if v := loss(d, l, y); v != want || !slices.Equal(d.Data, plain.Data) {
			t.Errorf("%s: %v, want %v", name, v, want)
		}
	}
	few.Progress = 0.8
	if v := (LDAM{0, 0.8, 0.9}).open(few)(d, l, y); v == want {
		t.Error("classes are not weighted when it is time")
	}
	few.Counts = []int{5, 5, 5, 5}
	v := (LDAM{0, 0.8, 0.9}).open(few)(d, l, y)
	if math.Abs(v-want) > 1e-6 || f32.Distance(d.Data, plain.Data) > 1e-6 {
		t.Errorf("equal weights: %v, want %v", v, want)
	}
}

// The focal loss of what is surely right or surely wrong is finite, and so is its gradient.
func TestFocalAtTheEnds(t *testing.T) {
	for _, gamma := range []float64{0.5, 1, 2, 100} {
		l := f32.Of(3, 2, []float32{200, 0, 0, 200, 1e-3, 0})
		d := f32.New(3, 2)
		v := Focal{gamma}.open(Owner{})(d, l, []int32{0, 0, 0})
		if !f32.Finite(d.Data) || math.IsNaN(v) || math.IsInf(v, 0) || d.Data[0] != 0 {
			t.Errorf("γ = %v: %v %v", gamma, v, d.Data)
		}
		if got := float64(d.Data[3]); math.Abs(got-1.0/3) > 1e-6 {
			t.Errorf("γ = %v: what is surely wrong is pulled by %v", gamma, got)
		}
	}
}

func TestRareOptions(t *testing.T) {
	for _, bad := range []LossOptions{
		Focal{-1}, Focal{math.NaN()}, Focal{math.Inf(1)}, LDAM{-1, 1, 0}, LDAM{math.Inf(1), 1, 0}, LDAM{1, 1.1, 0},
		LDAM{1, math.NaN(), 0}, LDAM{1, 1, 1}, LDAM{1, 1, -0.1},
	} {
		if fault.KindOf(bad.Validate()) != fault.Usage {
			t.Errorf("%+v is taken", bad)
		}
	}
}
