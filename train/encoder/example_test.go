package encoder_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
)

// A context of two rows, shared by three texts, learns to point the first text's feature away from the second's.
func ExamplePrompts() {
	text := encoder.NewText(weights())
	const start, end = 0, 1
	prompts := text.Prompts(encoder.Work{}, [][]int{
		{start, -1, -2, 5, end},
		{start, -1, -2, 6, end},
		{start, -1, -2, 6, 7, end},
	}, 2)
	fmt.Println("tokens computed:", prompts.Nodes(), "of 16")

	ctx := f32.New(2, text.Width())
	memory := encoder.Work{Memory: new(f32.Arena)}
	var first, last float64
	for step := range 10 {
		pass := prompts.Forward(memory, ctx)
		d := f32.New(3, pass.Features.Cols)
		copy(d.Row(0), pass.Features.Row(1)) // of ⟨f₀, f₁⟩
		copy(d.Row(1), pass.Features.Row(0))
		last = f32.Dot(pass.Features.Row(0), pass.Features.Row(1))
		if step == 0 {
			first = last
		}
		gradient := f32.New(2, text.Width())
		pass.Backward(memory, []f32.Matrix{gradient}, d)
		f32.Axpy(-0.01, gradient.Data, ctx.Data)
		memory.Memory.Reset()
	}
	fmt.Println("it falls:", last < first)
	// Output:
	// tokens computed: 9 of 16
	// it falls: true
}

// weights are those of a tower of two equal blocks, drawn.
func weights() encoder.TextWeights {
	rng := rand.New(rand.NewPCG(1, 2))
	matrix := func(rows, cols int) f32.Matrix {
		m := f32.New(rows, cols)
		for i := range m.Data {
			m.Data[i] = float32(rng.NormFloat64() / 3)
		}
		return m
	}
	norm := func() encoder.Norm {
		return encoder.Norm{Gain: []float32{1, 1, 1, 1, 1, 1, 1, 1}, Shift: make([]float32, 8), Eps: 1e-5}
	}
	linear := func(out, in int) encoder.Map { return encoder.Map{W: matrix(out, in)} }
	block := encoder.Weights{
		Norm1: norm(), Query: linear(8, 8), Key: linear(8, 8), Value: linear(8, 8), Out: linear(8, 8),
		Norm2: norm(), Up: linear(32, 8), Down: linear(8, 32),
	}
	return encoder.TextWeights{
		Tokens: matrix(10, 8), Positions: matrix(12, 8), Blocks: []encoder.Weights{block, block}, Heads: 2,
		Final: norm(), Projection: linear(4, 8),
	}
}
