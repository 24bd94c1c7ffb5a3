package encoder

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// TestVision holds features and gradients of the last one to three blocks against their definition.
func TestVision(t *testing.T) {
	for blocks := 1; blocks <= 3; blocks++ {
		for _, dropout := range []bool{false, true} {
			t.Run(fmt.Sprint(blocks, dropout), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(uint64(blocks), 4))
				const d, e, images, length, heads = 12, 7, 2, 4, 3
				w := VisionWeights{Heads: heads}
				var low []LowRank
				var drop []Masks
				for range blocks {
					w.Blocks = append(w.Blocks, drawn(rng, d, 20))
					l := LowRank{Gamma: 1.5}
					for i := range 3 {
						l.A[i], l.B[i] = normal(rng, 2+i, d, 0.4), normal(rng, d, 2+i, 0.4)
					}
					low = append(low, l)
					var m Masks
					for i := range m {
						m[i] = NewMask(rng, images*length, d, 0.25)
					}
					drop = append(drop, m)
				}
				if !dropout {
					drop = nil
				}
				last := drawn(rng, d, e)
				w.Final, w.Projection = last.Norm2, Map{W: last.Up.W}
				x, dfeatures := normal(rng, images*length, d, 1), normal(rng, 2*images, e, 1)

				define := func() (all []float64) {
					b := naive{heads: heads, sees: func(i, j int) bool { return i/length == j/length }}
					states := wide(x)
					for i := range w.Blocks {
						b.w, b.low = w.Blocks[i], &low[i]
						if dropout {
							b.drop = &drop[i]
						}
						states = b.forward(states)
					}
					for i := range images {
						all = append(all, b.times(w.Projection, b.norm(w.Final, states[i*length]))...)
					}
					return all
				}
				v := NewVision(w)
				in := Images{Tokens: x, Length: length}
				if blocks == 1 {
					in = v.Normalised(Work{}, x, length)
				}
				pass := v.Forward(Work{}, in, low, drop)
				within(t, "features", pass.Features.Data, define(), 3e-6)

				grads := make([][]LowRank, 2)
				for z := range grads {
					for i := range low {
						grads[z] = append(grads[z], zeroLike(&low[i], 1)[0])
					}
				}
				pass.Backward(Work{}, grads, dfeatures)
				for z := range grads {
					gradient := func(of f32.Matrix) (all []float64) {
						for j := range of.Data {
							all = append(all, slope(&of.Data[j], func() (sum float64) {
								for k, f := range define() {
									sum += f * float64(part(dfeatures, z, images).Data[k])
								}
								return sum
							}))
						}
						return all
					}
					for i := range low {
						for j := range 3 {
							within(t, fmt.Sprint("dA ", z, i, j), grads[z][i].A[j].Data, gradient(low[i].A[j]), 1e-5)
							within(t, fmt.Sprint("dB ", z, i, j), grads[z][i].B[j].Data, gradient(low[i].B[j]), 1e-5)
						}
					}
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
