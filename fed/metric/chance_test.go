package metric

import (
	"math"
	"strings"
	"testing"
)

// A model that is no better than guessing has no balance to speak of, however even it is.
func TestBalanceOfGuessing(t *testing.T) {
	at := func(right int64) View {
		v := View{Counts: NewCounts(4), Balance: DefaultBalance}
		for c := range v.Total {
			v.Total[c], v.Correct[c] = 8, right
		}
		return v
	}
	balance, _ := All().Find(Balancedness)
	for right, want := range map[int64]float64{0: math.NaN(), 2: math.NaN(), 3: 1, 8: 1} {
		if got := balance.Of(at(right)); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%d of 8 right in each of 4 classes: %v, want %v", right, got, want)
		}
	}
	if got := balance.Of(View{Counts: NewCounts(4), Balance: DefaultBalance}); !math.IsNaN(got) {
		t.Errorf("no test images: %v", got)
	}
}

func TestUnknown(t *testing.T) {
	for _, c := range []struct {
		accuracy float64
		classes  int
		warns    bool
	}{
		{0, 10, true}, {0.15, 10, true}, {0.151, 10, false}, {0.75, 2, true}, {0.8, 2, false}, {math.NaN(), 2, false},
	} {
		say := Unknown(c.accuracy, c.classes)
		if (say != "") != c.warns || c.warns && !strings.Contains(say, "--model") {
			t.Errorf("%v of %d classes: %q", c.accuracy, c.classes, say)
		}
	}
}

// Results of older programs say nothing of images that are left out; nothing is made up.
func TestCautions(t *testing.T) {
	r := Result{Classes: make([]string, 2), TrainCounts: []int{9, 1}, TrainImages: 20, LeftOut: "--imbalance 9"}
	r.ZeroShot.Global = Score{{Name: Accuracy, Value: 0.9}}
	if got := r.Cautions(); len(got) != 1 || got[0] != "training on 10 of 20 images: --imbalance 9" {
		t.Errorf("%q", got)
	}
	r.ZeroShot.Global[0].Value = 0.5
	r.TrainImages, r.LeftOut = 0, ""
	if got := r.Cautions(); len(got) != 1 || !strings.HasPrefix(got[0], "zero-shot gets 50.0 %") {
		t.Errorf("%q", got)
	}
}
