package encoder

import (
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// TestSameBitsFromAllKernels: AVX2 and AVX-512 give the bits that stand here. Plain Go agrees to rounding, which the
// other tests see.
func TestSameBitsFromAllKernels(t *testing.T) {
	if f32.Kernels() == "plain" {
		t.Skip("no kernels")
	}
	hash := fnv.New64a()
	add := func(m f32.Matrix) { _ = binary.Write(hash, binary.LittleEndian, m.Data) }

	rng := rand.New(rand.NewPCG(11, 11))
	const d, length, images = 48, 21, 5 // with whole panels and tiles, and broken ones
	w := VisionWeights{Blocks: []Weights{drawn(rng, d, 100), drawn(rng, d, 100)}, Heads: 2, Activation: Gelu}
	last := drawn(rng, d, 40)
	w.Final, w.Projection = last.Norm1, Map{W: last.Up.W}
	low, drop, grads := make([]LowRank, 2), make([]Masks, 2), [][]LowRank{nil, nil}
	for b := range low {
		low[b].Gamma = 0.7
		for i := range 3 {
			low[b].A[i], low[b].B[i] = normal(rng, 3, d, 0.2), normal(rng, d, 3, 0.2)
			drop[b][i] = NewMask(rng, images*length, d, 0.25)
		}
	}
	x, dfeatures := normal(rng, images*length, d, 1), normal(rng, 2*images, 40, 1)
	for _, masks := range [][]Masks{nil, drop} {
		for z := range grads {
			grads[z] = []LowRank{zeroLike(&low[0], 1)[0], zeroLike(&low[1], 1)[0]}
		}
		pass := NewVision(w).Forward(Work{}, Images{Tokens: x, Length: length}, low, masks)
		pass.Backward(Work{}, grads, dfeatures)
		add(pass.Features)
		for _, g := range slices.Concat(grads...) {
			for i := range 3 {
				add(g.A[i])
				add(g.B[i])
			}
		}
	}

	tower := TextWeights{Tokens: normal(rng, 30, d, 1), Positions: normal(rng, 9, d, 1), Heads: 2}
	tower.Blocks, tower.Final, tower.Projection = w.Blocks, w.Final, w.Projection
	texts := [][]int{{28, -1, -2, 3, 4, 29}, {28, -1, -2, 3, 5, 29}, {28, -1, -2, 3, 29}, {28, -1, -2, 3, 29}}
	pass := NewText(tower).Prompts(Work{}, texts, 2).Forward(Work{}, normal(rng, 2, d, 1))
	ctx := f32.New(2, d)
	pass.Backward(Work{}, []f32.Matrix{ctx}, normal(rng, 4, 40, 1))
	add(pass.Features)
	add(ctx)
	if got := hash.Sum64(); got != 0xafbae6acbe79ab92 {
		t.Errorf("%s: the bits have the sum %#x", f32.Kernels(), got)
	}
}
