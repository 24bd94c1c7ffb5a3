package encoder

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// filler fills matrices quickly, with uniform numbers of a spread.
type filler struct{ rng *rand.Rand }

func (f filler) matrix(rows, cols int, spread float32) f32.Matrix {
	m := f32.New(rows, cols)
	for i := range m.Data {
		m.Data[i] = (2*f.rng.Float32() - 1) * spread
	}
	return m
}

func (f filler) norm(d int) Norm {
	n := Norm{make([]float32, d), make([]float32, d), 1e-5}
	for i := range n.Gain {
		n.Gain[i] = 1
	}
	return n
}

func (f filler) block(d int) Weights {
	m := func(out, in int) Map { return Map{f.matrix(out, in, 0.05), f.matrix(1, out, 0.1).Data} }
	return Weights{f.norm(d), m(d, d), m(d, d), m(d, d), m(d, d), f.norm(d), m(4*d, d), m(d, 4*d)}
}

// cifarTexts have the lengths of CIFAR-100's names behind a context of four tokens: 83 names of one token, 15 of two
// and 2 of three.
func cifarTexts() (texts [][]int) {
	word := 0
	for c := range 100 {
		text := []int{0, -1, -2, -3, -4}
		for range 1 + min(c/83, 1) + c/98 {
			word++
			text = append(text, word)
		}
		texts = append(texts, append(text, 1001, 1002))
	}
	return texts
}

// rate measures the products that a step's time is held against: a block's widest, with weights that come cold.
func rate(b *testing.B, text *Text, rows int) {
	a, u := f32.New(rows, text.Width()), f32.New(rows, 4*text.Width())
	n := 0
	for b.Loop() {
		for _, block := range text.blocks {
			block.tail.up.forth.MulT(u, a)
			block.tail.down.forth.MulT(a, u)
			n += 2
		}
	}
	d := text.Width()
	b.ReportMetric(2e-9*float64(rows*4*d*d*n)/b.Elapsed().Seconds(), "GFLOP/s")
}

// BenchmarkPrompts is a purified step of B/16's text tower: forward, and back with two cotangents. A token takes
// 2·(4 D² + 8 D²) operations a block and direction; of the last block only the end tokens ask and leave, and in the
// first only the context is asked.
func BenchmarkPrompts(b *testing.B) {
	const d, layers = 512, 12
	f := filler{rand.New(rand.NewPCG(1, 1))}
	w := TextWeights{Tokens: f.matrix(1003, d, 0.05), Positions: f.matrix(77, d, 0.05), Heads: 8, Final: f.norm(d)}
	for range layers {
		w.Blocks = append(w.Blocks, f.block(d))
	}
	w.Projection = Map{W: f.matrix(d, d, 0.05)}
	text := NewText(w)
	prompts := text.Prompts(Work{}, cifarTexts(), 4)
	n, ends := float64(prompts.Nodes()), 100.0
	operations := 2.0 * d * d * (12*n*layers - 3*n - 10*(n-ends) + ends)
	ctx, dfeatures := f.matrix(4, d, 0.05), f.matrix(200, d, 1)
	grads := []f32.Matrix{f32.New(4, d), f32.New(4, d)}
	b.Run("products", func(b *testing.B) { rate(b, text, prompts.Nodes()) })
	for _, workers := range []int{1, 2} {
		for cotangents := range 3 {
			work := Work{Memory: new(f32.Arena)}
			if workers > 1 {
				work = many(workers)
			}
			b.Run(fmt.Sprintf("%d-back/%d-workers", cotangents, workers), func(b *testing.B) {
				step := func() {
					pass := prompts.Forward(work, ctx)
					if cotangents > 0 {
						pass.Backward(work, grads[:cotangents], part(dfeatures, 0, 100*cotangents))
					}
					work.Memory.Reset()
				}
				step() // now the memory is there
				for b.Loop() {
					step()
				}
				b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/step")
				b.ReportMetric(1e-9*operations*float64(1+cotangents)*float64(b.N)/b.Elapsed().Seconds(), "GFLOP/s")
			})
		}
	}
}
