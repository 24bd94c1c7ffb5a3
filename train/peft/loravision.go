package peft

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// VisionLowRank are the options of low-rank updates inside an image tower.
type VisionLowRank struct {
	LowRank
	Blocks int `json:"blocks" usage:"how many of the last blocks of the image tower have low-rank updates"`
}

// Validate reports the first option out of range.
func (o VisionLowRank) Validate() error {
	if o.Blocks < 1 || o.Blocks > maxBlocks {
		return fault.Usagef("peft: blocks %d must be from 1 to %d", o.Blocks, maxBlocks)
	}
	return o.LowRank.Validate()
}

// maxBlocks is beyond the depth of any encoder.
const maxBlocks = 1 << 10

// loraVision has a low-rank update (Hu et al., ICLR 2022) of queries, keys and values of each of the last N blocks of
// the frozen image tower f, on the normalised tokens y that go into these maps:
//
//	W y + γ B A (m ∘ y),  ẑ = f(x)/‖f(x)‖,  ℓ = s T ẑ
//
// with γ = α/r, or α/√r if rank-stable, and m = 1, or three masks for each block while training. Rows of x are tokens,
// see VisionTower. B starts at zero, so training starts from the zero-shot classifier to the bit.
//
// Shapes: A (r,D)  B (D,r), D the width of a token.
type loraVision struct {
	head    Head
	of      VisionTower
	p       float64 // of dropout
	gamma   float32
	tensors Layout // of every block A and B of queries, of keys, of values
}

// adapted maps of a block, in the order of their tensors.
var adaptedMaps = [3]string{"q", "k", "v"}

// newLoRAVision reads sizes alone. Without an inside, of a head that stands for layouts, tokens are as wide as texts.
func newLoRAVision(h Head, o VisionLowRank) *loraVision {
	of := VisionTower{Blocks: o.Blocks, Length: 2, Width: h.Text.Cols}
	if h.Inside != nil {
		of = h.Inside.Vision
		of.Blocks = o.Blocks
	}
	var tensors []Tensor
	for b := range o.Blocks {
		for _, m := range adaptedMaps {
			name := fmt.Sprintf("block%d.%s.", b+1, m)
			tensors = append(tensors,
				Tensor{Name: name + "A", Rows: o.Rank, Cols: of.Width},
				Tensor{Name: name + "B", Rows: of.Width, Cols: o.Rank})
		}
	}
	return &loraVision{h, of, o.Dropout, o.update().gamma(), layout(tensors...)}
}

func (l *loraVision) Layout() Layout { return l.tensors }

// Init draws every A from U(−1/√D, 1/√D) and sets every B to zero.
func (l *loraVision) Init(p []float32, rng *rand.Rand) {
	for i, t := range l.tensors {
		if i%2 == 0 {
			uniform(t.Slice(p), 1/math.Sqrt(float64(t.Cols)), rng)
		}
	}
	l.Anchor(p)
}

// Anchor sets every B to zero.
func (l *loraVision) Anchor(p []float32) {
	for i, t := range l.tensors {
		if i%2 == 1 {
			clear(t.Slice(p))
		}
	}
}

func (l *loraVision) updates() (all []Update) {
	for i := 0; i < len(l.tensors); i += 2 {
		all = append(all, Update{A: l.tensors[i], B: l.tensors[i+1], Gamma: l.gamma})
	}
	return all
}

// terms are parameters, or a gradient, by blocks.
func (l *loraVision) terms(p []float32) []encoder.LowRank {
	all := make([]encoder.LowRank, l.of.Blocks)
	for b := range all {
		all[b].Gamma = l.gamma
		for m := range adaptedMaps {
			at := 2 * (b*len(adaptedMaps) + m)
			all[b].A[m], all[b].B[m] = l.tensors[at].Of(p), l.tensors[at+1].Of(p)
		}
	}
	return all
}

func (l *loraVision) Drops() bool { return l.p > 0 }

// masks draws those of so many images: of each block for queries, keys and values, over all its tokens.
func (l *loraVision) masks(images int, drop Drop) []encoder.Masks {
	rng, all := rand.NewChaCha8(drop), make([]encoder.Masks, l.of.Blocks)
	for b := range all {
		for m := range adaptedMaps {
			all[b][m] = encoder.NewMask(rng, images*l.of.Length, l.of.Width, l.p)
		}
	}
	return all
}

// Mask has for each image the factors of its tokens: of each block those of queries, of keys, of values.
func (l *loraVision) Mask(rows int, drop Drop) f32.Matrix {
	per := l.of.Length * l.of.Width
	out := f32.New(rows, l.of.Blocks*len(adaptedMaps)*per)
	for b, masks := range l.masks(rows, drop) {
		for m, mask := range masks {
			for i := range rows {
				to := out.Row(i)[(b*len(adaptedMaps)+m)*per:][:per]
				for j := range to {
					to[j] = mask.Factor(i*l.of.Length+j/l.of.Width, j%l.of.Width)
				}
			}
		}
	}
	return out
}

// checkVision reports a head on which the module cannot be built.
func (e Entry) checkVision(h Head, o VisionLowRank) error {
	if h.Inside == nil || h.Inside.Vision.Tower == nil {
		return fault.Usagef("peft: module %s works inside the image tower: it needs a cache with tokens, which "+
			"`fedpurel featurize --tokens N` makes", e.Name)
	}
	if n := h.Inside.Vision.Blocks; n != o.Blocks {
		return fault.Usagef("peft: the cache has tokens for the last %d blocks of the image tower, "+
			"and --blocks is %d: make them equal", n, o.Blocks)
	}
	if h.Inside.Vision.Tower.Embedding() != h.Text.Cols {
		return fault.Mismatchf("peft: the image tower's features have %d columns, and the class texts %d: "+
			"the tokens are of another model", h.Inside.Vision.Tower.Embedding(), h.Text.Cols)
	}
	return nil
}
