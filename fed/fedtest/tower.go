package fedtest

import (
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// textTower is a text tower of random weights with class names of one or two tokens: what prompts are learned in. What
// it says of the names has nothing to do with the features.
func textTower(rng *rand.Rand) peft.TextTower {
	const blocks, heads, words, positions, first, last = 2, 2, Classes + 2, 8, Classes, Classes + 1
	matrix := func(rows, cols int) f32.Matrix {
		m := f32.New(rows, cols)
		for i := range m.Data {
			m.Data[i] = float32(0.3 * rng.NormFloat64())
		}
		return m
	}
	norm := encoder.Norm{Gain: make([]float32, Dim), Shift: make([]float32, Dim), Eps: 1e-5}
	for i := range norm.Gain {
		norm.Gain[i] = 1
	}
	square := func() encoder.Map { return encoder.Map{W: matrix(Dim, Dim)} }
	w := encoder.TextWeights{
		Tokens: matrix(words, Dim), Positions: matrix(positions, Dim), Heads: heads, Final: norm, Projection: square(),
	}
	for range blocks {
		w.Blocks = append(w.Blocks, encoder.Weights{
			Norm1: norm, Query: square(), Key: square(), Value: square(), Out: square(),
			Norm2: norm, Up: square(), Down: square(),
		})
	}
	names := make([][]int, Classes)
	for c := range names {
		names[c] = []int{c}
		if c%2 == 1 {
			names[c] = []int{0, c}
		}
	}
	return peft.TextTower{
		Tower: encoder.NewText(w), Width: Dim, Positions: positions,
		Begin: []int{first}, End: []int{last}, Names: names,
	}
}
