package encoder

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

func TestValidate(t *testing.T) {
	const infinite = " has values that are not finite"
	for want, spoil := range map[string]func(w *TextWeights, b []Weights){
		"":                                  func(*TextWeights, []Weights) {},
		"0 blocks of width 12 with 3 heads": func(w *TextWeights, _ []Weights) { w.Blocks = nil },
		"2 blocks of width 12 with 5 heads": func(w *TextWeights, _ []Weights) { w.Heads = 5 },
		"final norm has ε = 0":              func(w *TextWeights, _ []Weights) { w.Final.Eps = 0 },
		"position embedding is 8×5, not 8×12": func(w *TextWeights, _ []Weights) {
			w.Positions = f32.New(8, 5)
		},
		"block 1: key.weight is 12×11, not 12×12":  func(_ *TextWeights, b []Weights) { b[1].Key.W = f32.New(12, 11) },
		"block 0: down.weight is 12×21, not 12×20": func(_ *TextWeights, b []Weights) { b[0].Down.W = f32.New(12, 21) },
		"block 0: value.bias has 3 values, not 12": func(_ *TextWeights, b []Weights) { b[0].Value.B = b[0].Out.B[:3] },
		"block 1: norm2.bias" + infinite:           func(_ *TextWeights, b []Weights) { b[1].Norm2.Shift[4] = nan },
		"projection.weight" + infinite:             func(w *TextWeights, _ []Weights) { w.Projection.W.Data[3] = nan },
		"token embedding" + infinite:               func(w *TextWeights, _ []Weights) { w.Tokens.Data[9] = nan },
	} {
		w := small(rand.New(rand.NewPCG(1, 1)), 2, 8)
		w.Blocks[1].Query.B = nil // may be missing
		spoil(&w, w.Blocks)
		err := w.Validate()
		if (err == nil) != (want == "") || (err != nil && !strings.HasSuffix(err.Error(), want)) {
			t.Errorf("%v, want %q", err, want)
		}
		v := VisionWeights{w.Blocks, w.Heads, w.Activation, w.Final, w.Projection}
		if strings.HasPrefix(want, "block") && v.Validate() == nil {
			t.Errorf("a vision tower passes with: %s", want)
		}
	}
}

var nan = float32(math.NaN())
