package peft

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// VisionLowRank are the options of low-rank updates inside the image tower.
type VisionLowRank struct {
	LowRank
	Blocks int `json:"blocks" usage:"the last blocks of the image tower, that have low-rank updates"`
}

// mostBlocks is beyond the depth of any tower.
const mostBlocks = 1 << 10

// Validate reports the first option out of range.
func (o VisionLowRank) Validate() error {
	if o.Blocks < 1 || o.Blocks > mostBlocks {
		return fault.Usagef("peft: blocks %d must be from 1 to %d", o.Blocks, mostBlocks)
	}
	return o.LowRank.Validate()
}

// vision is LoRA (Hu et al., ICLR 2022) of queries, keys and values in the last blocks of the frozen image tower f, as
// FedPuReL has it in all of them: in each of these blocks, with y = LN₁ of the block's tokens,
//
//	W y + b + γ B A (m ∘ y),  ẑ = f/‖f‖,  ℓ = s T ẑ
//
// where γ = α/r, or α/√r if rank-stable, and m = 1, or while training a dropout mask for each of q, k and v. B starts
// at zero, and training from the zero-shot classifier.
//
// Rows of x are an image's tokens, see VisionTower. Shapes: A (r,D)  B (D,r), where D is the width of a token
type vision struct {
	head    Head
	rank    int
	blocks  int
	drop    float64
	gamma   float32
	tensors Layout // A and B of q, k and v of the first of the blocks, of the next one, …
}

// newVision reads sizes alone. Without an inside, of a head that stands for layouts, D is that of the class texts.
func newVision(h Head, o VisionLowRank) *vision {
	width := h.Text.Cols
	if h.Inside != nil {
		width = h.Inside.Vision.Width
	}
	var l Layout
	for block := range o.Blocks {
		for _, part := range []string{"q", "k", "v"} {
			name := fmt.Sprintf("block%d.%s.", block, part)
			l = append(l, Tensor{Name: name + "A", Rows: o.Rank, Cols: width},
				Tensor{Name: name + "B", Rows: width, Cols: o.Rank})
		}
	}
	return &vision{h, o.Rank, o.Blocks, o.Dropout, o.update().gamma(), layout(l...)}
}

func (v *vision) Layout() Layout { return v.tensors }

// Init draws A from U(−1/√D, 1/√D) and sets B to zero.
func (v *vision) Init(p []float32, rng *rand.Rand) {
	for i := 0; i < len(v.tensors); i += 2 {
		a := v.tensors[i]
		uniform(a.Slice(p), 1/math.Sqrt(float64(a.Cols)), rng)
	}
	v.Anchor(p)
}

// Anchor sets B to zero.
func (v *vision) Anchor(p []float32) {
	for i := 1; i < len(v.tensors); i += 2 {
		clear(v.tensors[i].Slice(p))
	}
}

// terms are parameters, or a gradient, as the tower reads them.
func (v *vision) terms(p []float32) []encoder.LowRank {
	all := make([]encoder.LowRank, v.blocks)
	for i, t := range v.tensors {
		term := &all[i/6]
		term.Gamma = v.gamma
		if i%2 == 0 {
			term.A[i%6/2] = t.Of(p)
		} else {
			term.B[i%6/2] = t.Of(p)
		}
	}
	return all
}

func (v *vision) Drops() bool { return v.drop > 0 }

// Mask has in each row an image's factors: those of q, k and v of the first block, of the next one, …, each token by
// token.
func (v *vision) Mask(rows int, drop Drop) f32.Matrix {
	t := v.head.Inside.Vision
	n := t.Length * t.Width
	out := f32.New(rows, v.blocks*3*n)
	for i, mask := range v.masks(rows, drop) {
		for j, m := range mask {
			for r := range rows {
				to := out.Row(r)[(3*i+j)*n:][:n]
				for c := range to {
					to[c] = m.Factor(r*t.Length+c/t.Width, c%t.Width)
				}
			}
		}
	}
	return out
}

// masks draws those of every block, each from a generator of its own, whose keys the seed's gives. So masks of more
// images begin with those of fewer.
func (v *vision) masks(images int, drop Drop) []encoder.Masks {
	t, all, keys := v.head.Inside.Vision, make([]encoder.Masks, v.blocks), rand.NewChaCha8(drop)
	for i := range all {
		for j := range all[i] {
			var key Drop
			for at := 0; at < len(key); at += 8 {
				binary.LittleEndian.PutUint64(key[at:], keys.Uint64())
			}
			all[i][j] = encoder.NewMask(rand.NewChaCha8(key), images*t.Length, t.Width, v.drop)
		}
	}
	return all
}

// At has nothing to do beforehand: all of the parameters meet x.
func (v *vision) At(_ *f32.Arena, p []float32) Bound { return &visionAt{v, v.terms(p)} }

type visionAt struct {
	*vision
	low []encoder.LowRank
}
