package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Every loss of the table has the gradient that differences give, for labels and logits of all kinds, and may write
// it over the logits.
func TestLosses(t *testing.T) {
	if !slices.IsSorted(LossNames()) {
		t.Errorf("table is not in name order: %v", LossNames())
	}
	if _, err := FindLoss("nope"); fault.KindOf(err) != fault.Usage {
		t.Errorf("unknown loss: %v", err)
	}
	for _, e := range Losses {
		if found, err := FindLoss(e.Name); err != nil || found.Doc == "" {
			t.Errorf("find %s: %+v, %v", e.Name, found, err)
		}
		if e.Options != nil && e.Options.Validate() != nil {
			t.Errorf("%s: the defaults are refused: %v", e.Name, e.Options.Validate())
		}
		const batch, classes = 5, 7
		owner := Owner{
			Counts: []int{40, 10, 0, 3, 3, 1, 7}, All: []int{90, 40, 5, 3, 3, 1, 7},
			State: func(_ string, n int) []float32 { return make([]float32, n) },
		}
		l, y := random(rand.New(rand.NewPCG(11, 0)), batch, classes, 2), []int32{0, 6, 2, 1, 1}
		delta, spare := f32.New(batch, classes), f32.New(batch, classes)
		if v := e.Open(e.Options, owner)(delta, l, y); math.IsNaN(v) || v <= 0 {
			t.Errorf("%s: value %v", e.Name, v)
		}
		value := func() float64 { return e.Open(e.Options, owner)(spare, l, y) }
		const h = 1.0 / 256
		for i, v := range l.Data {
			l.Data[i] = v + h
			up := value()
			l.Data[i] = v - h
			down := value()
			l.Data[i] = v
			if want := (up - down) / (2 * h); math.Abs(want-float64(delta.Data[i])) > 2e-4 {
				t.Errorf("%s: gradient %d is %v, differences give %v", e.Name, i, delta.Data[i], want)
			}
		}
		over := f32.Of(batch, classes, slices.Clone(l.Data))
		if e.Open(e.Options, owner)(over, over, y); !slices.Equal(over.Data, delta.Data) {
			t.Errorf("%s: writing over the logits gives another gradient", e.Name)
		}
	}
}

// Adjustment by equal shares, or by none, is the cross-entropy; the local prior reads the client's counts, the global
// one everybody's.
func TestAdjust(t *testing.T) {
	entry, err := FindLoss("adjusted")
	if err != nil {
		t.Fatal(err)
	}
	l, y := random(rand.New(rand.NewPCG(12, 0)), 4, 3, 1), []int32{0, 1, 2, 0}
	of := func(o Adjust, w Owner) (float64, []float32) {
		d := f32.New(4, 3)
		v := entry.Open(o, w)(d, l, y)
		return v, d.Data
	}
	plain := f32.New(4, 3)
	want := CrossEntropy(plain, l, y)
	if v, d := of(Adjust{Tau: 1, Prior: "local"}, Owner{Counts: []int{5, 5, 5}}); math.Abs(v-want) > 1e-6 ||
		f32.Distance(d, plain.Data) > 1e-6 {
		t.Errorf("equal shares: %v, plain %v", v, want)
	}
	if v, d := of(Adjust{Prior: "global"}, Owner{}); v != want || !slices.Equal(d, plain.Data) {
		t.Errorf("τ = 0: %v, plain %v", v, want)
	}
	w := Owner{Counts: []int{9, 1, 1}, All: []int{1, 1, 9}}
	local, _ := of(Adjust{Tau: 1, Prior: "local"}, w)
	global, _ := of(Adjust{Tau: 1, Prior: "global"}, w)
	if local == global || entry.Everyone(Adjust{Prior: "local"}) || !entry.Everyone(Adjust{Prior: "global"}) {
		t.Errorf("local and global prior: %v and %v", local, global)
	}
	for _, bad := range []Adjust{{Tau: -1, Prior: "local"}, {Tau: math.NaN(), Prior: "local"}, {Tau: 1, Prior: "x"}} {
		if fault.KindOf(bad.Validate()) != fault.Usage {
			t.Errorf("%+v: %v", bad, bad.Validate())
		}
	}
}
