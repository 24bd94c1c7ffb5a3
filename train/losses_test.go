package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// variants are a loss's options, the defaults first.
func variants(e LossEntry) []LossOptions {
	all := []LossOptions{e.Options}
	switch o := e.Options.(type) {
	case Adjust:
		for _, prior := range Priors {
			all = append(all, Adjust{Tau: 1.5, Prior: prior})
		}
		all = append(all, Adjust{Tau: 0, Prior: o.Prior})
	case FedLC:
		for _, form := range FedLCForms {
			all = append(all, FedLC{Tau: 3, Form: form}, FedLC{Tau: 0, Form: form})
		}
	}
	return all
}

// A client with one class absent, 2, and one, 5, of which it has a single sample.
const lacks = 2

var owner = Owner{
	Counts: []int{40, 10, 0, 3, 3, 1, 7}, All: []int{90, 40, 5, 3, 3, 1, 7},
	State: func(_ string, n int) []float32 { return make([]float32, n) },
}

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
		if found, err := FindLoss(e.Name); err != nil || found.Doc == "" || found.Title == "" {
			t.Errorf("find %s: %+v, %v", e.Name, found, err)
		}
		for i, o := range variants(e) {
			if o != nil && o.Validate() != nil {
				t.Errorf("%s: %+v is refused: %v", e.Name, o, o.Validate())
			}
			const batch, classes = 5, 7
			l, y := random(rand.New(rand.NewPCG(11, 0)), batch, classes, 2), []int32{0, 6, 5, 1, 1}
			delta, spare := f32.New(batch, classes), f32.New(batch, classes)
			if v := e.Open(o, owner)(delta, l, y); math.IsNaN(v) || math.IsInf(v, 0) || i == 0 && v <= 0 {
				t.Errorf("%s, %+v: value %v", e.Name, o, v)
			}
			value := func() float64 { return e.Open(o, owner)(spare, l, y) }
			const h = 1.0 / 256
			for i, v := range l.Data {
				l.Data[i] = v + h
				up := value()
				l.Data[i] = v - h
				down := value()
				l.Data[i] = v
				if want := (up - down) / (2 * h); math.Abs(want-float64(delta.Data[i])) > 2e-4 {
					t.Errorf("%s, %+v: gradient %d is %v, differences give %v", e.Name, o, i, delta.Data[i], want)
				}
			}
			over := f32.Of(batch, classes, slices.Clone(l.Data))
			if e.Open(o, owner)(over, over, y); !slices.Equal(over.Data, delta.Data) {
				t.Errorf("%s: writing over the logits gives another gradient", e.Name)
			}
		}
	}
}

// A logit of −∞ is a class that is out of the question: the loss stays a number, that class has no gradient to speak
// of, and the others have what they have without it.
func TestLossesOfImpossibleClasses(t *testing.T) {
	for _, e := range Losses {
		for _, o := range variants(e) {
			loss := e.Open(o, owner)
			l, y := random(rand.New(rand.NewPCG(13, 0)), 4, 7, 2), []int32{0, 6, 5, 1}
			far, gone := f32.New(4, 7), f32.New(4, 7)
			for i := range l.Rows {
				l.Row(i)[3] = -1e4
			}
			want := loss(far, l, y)
			for i := range l.Rows {
				l.Row(i)[3] = float32(math.Inf(-1))
			}
			if v := loss(gone, l, y); math.Abs(v-want) > 1e-6 || f32.Distance(far.Data, gone.Data) > 1e-6 {
				t.Errorf("%s, %+v: %v at −∞, %v far below all", e.Name, o, v, want)
			}
			for i := range l.Rows {
				if d := gone.Row(i)[3]; !(math.Abs(float64(d)) < 1e-30) {
					t.Errorf("%s, %+v: a class at −∞ has the gradient %v", e.Name, o, d)
				}
			}
		}
	}
}

// Who reads everybody's counts, or estimates them, says so.
func TestReveals(t *testing.T) {
	for _, e := range Losses {
		for _, o := range variants(e) {
			a, adjusts := o.(Adjust)
			want := ""
			switch {
			case adjusts && a.Prior == "global":
				want = "class counts"
			case adjusts && a.Prior == "estimated":
				want = "class counts, roughly"
			}
			if got := e.Reveals(o); got != want {
				t.Errorf("%s, %+v reveals %q, want %q", e.Name, o, got, want)
			}
		}
	}
}

// Adjustment by equal shares, or by none, is the cross-entropy; the local prior reads the client's counts, the others
// everybody's.
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
	estimated, _ := of(Adjust{Tau: 1, Prior: "estimated"}, w)
	if local == global || estimated != global {
		t.Errorf("local, global and estimated prior: %v, %v, %v", local, global, estimated)
	}
	for prior, want := range map[string]Census{"local": NoCensus, "global": Counted, "estimated": Estimated} {
		if got := entry.Census(Adjust{Tau: 1, Prior: prior}); got != want {
			t.Errorf("%s prior: census %v", prior, got)
		}
	}
	for _, bad := range []Adjust{{Tau: -1, Prior: "local"}, {Tau: math.NaN(), Prior: "local"}, {Tau: 1, Prior: "x"}} {
		if fault.KindOf(bad.Validate()) != fault.Usage {
			t.Errorf("%+v: %v", bad, bad.Validate())
		}
	}
}
