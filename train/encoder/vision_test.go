package encoder

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// ending are the last blocks of a vision tower, with all that goes in.
type ending struct {
	VisionWeights
	low       []LowRank
	drop      []Masks
	x         f32.Matrix
	length    int
	dfeatures f32.Matrix
}

func newEnding(blocks int, dropout bool) *ending {
	const d, e, images, length = 24, 7, 2, 3
	rng := rand.New(rand.NewPCG(uint64(blocks), 4))
	last := drawn(rng, d, e)
	c := &ending{length: length, VisionWeights: VisionWeights{
		Heads: 3, Final: last.Norm2, Projection: Map{W: last.Up.W},
	}}
	for range blocks {
		c.Blocks = append(c.Blocks, drawn(rng, d, 20))
		l, masks := LowRank{Gamma: 1.5}, Masks{}
		for i := range 3 {
			l.A[i], l.B[i] = normal(rng, 2+i, d, 0.4), normal(rng, d, 2+i, 0.4)
			masks[i] = NewMask(rng, images*length, d, 0.25)
		}
		c.low = append(c.low, l)
		if dropout {
			c.drop = append(c.drop, masks)
		}
	}
	c.x, c.dfeatures = normal(rng, images*length, d, 1), normal(rng, 2*images, e, 1)
	return c
}

// define are the features by the definition.
func (c *ending) define() (all []float64) {
	b := naive{heads: c.Heads, sees: func(i, j int) bool { return i/c.length == j/c.length }}
	states := wide(c.x)
	for i := range c.Blocks {
		b.w, b.low = c.Blocks[i], &c.low[i]
		if c.drop != nil {
			b.drop = &c.drop[i]
		}
		states = b.forward(states)
	}
	for i := 0; i < len(states); i += c.length {
		all = append(all, b.times(c.Projection, b.norm(c.Final, states[i]))...)
	}
	return all
}

// TestVision holds features and gradients of the last one to three blocks against their definition.
func TestVision(t *testing.T) {
	for _, blocks := range []int{1, 2, 3} {
		for _, dropout := range []bool{false, true} {
			if blocks > 1 && dropout != (blocks == 3) {
				continue // that takes long
			}
			t.Run(fmt.Sprint(blocks, dropout), func(t *testing.T) {
				c := newEnding(blocks, dropout)
				v, in := NewVision(c.VisionWeights), Images{Tokens: c.x, Length: c.length}
				if blocks == 1 {
					in = v.Normalised(Work{}, c.x, c.length)
				}
				pass := v.Forward(Work{}, in, c.low, c.drop)
				within(t, "features", pass.Features.Data, c.define(), 3e-6)

				grads := make([][]LowRank, 2)
				for z := range grads {
					for i := range c.low {
						grads[z] = append(grads[z], zeroLike(&c.low[i], 1)[0])
					}
				}
				pass.Backward(Work{}, grads, c.dfeatures)
				for i, low := range c.low {
					nearGradients(t, []LowRank{grads[0][i], grads[1][i]}, low, c.define, c.dfeatures, 1e-5)
				}
			})
		}
	}
}

// TestRankZero: terms of rank 0 are none, and leave the frozen tower.
func TestRankZero(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 4))
	w := VisionWeights{Blocks: []Weights{drawn(rng, 12, 20), drawn(rng, 12, 20)}, Heads: 3}
	last := drawn(rng, 12, 7)
	w.Final, w.Projection = last.Norm2, Map{W: last.Up.W}
	x := normal(rng, 6, 12, 1)
	features := func(rank int) []float32 {
		low := make([]LowRank, 2)
		for b := range low {
			for i := range 3 {
				low[b].A[i], low[b].B[i] = f32.New(rank, 12), f32.New(12, rank)
			}
		}
		pass := NewVision(w).Forward(Work{}, Images{Tokens: x, Length: 3}, low, nil)
		pass.Backward(Work{}, [][]LowRank{{zeroLike(&low[0], 1)[0], zeroLike(&low[1], 1)[0]}}, normal(rng, 2, 7, 1))
		return pass.Features.Data
	}
	if zero, none := features(3), features(0); !slices.Equal(zero, none) {
		t.Errorf("%v with B = 0, %v without", zero, none)
	}
}

// TestClassTokensBehind: of a single block, class tokens that lie behind their images' tokens are the same, to the bit.
func TestClassTokensBehind(t *testing.T) {
	for _, dropout := range []bool{false, true} {
		c := newEnding(1, dropout)
		v := NewVision(c.VisionWeights)
		apart := v.Normalised(Work{}, c.x, c.length)
		n := apart.Class.Rows
		behind := Images{Tokens: f32.New(n*(c.length+1), c.x.Cols), Length: c.length}
		for i := range n {
			copy(part(behind.Tokens, i, c.length+1).Data, part(apart.Tokens, i, c.length).Data)
			copy(behind.Tokens.Row(i*(c.length+1)+c.length), apart.Class.Row(i))
		}
		var all [2][]float32
		for i, in := range []Images{apart, behind} {
			pass, grads := v.Forward(Work{}, in, c.low, c.drop), zeroLike(&c.low[0], 2)
			pass.Backward(Work{}, [][]LowRank{grads[:1], grads[1:]}, c.dfeatures)
			all[i] = slices.Clone(pass.Features.Data)
			for _, g := range grads {
				for j := range 3 {
					all[i] = slices.Concat(all[i], g.A[j].Data, g.B[j].Data)
				}
			}
		}
		if f32.Kernels() != "plain" && !slices.Equal(all[0], all[1]) {
			t.Errorf("dropout %v: other bits", dropout)
		}
		if d := f32.Distance(all[0], all[1]); d > 1e-5*f32.Norm(all[0]) {
			t.Errorf("dropout %v: %v away", dropout, d)
		}
	}
}
