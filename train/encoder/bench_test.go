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
	b.Run("2-back/2-clients", func(b *testing.B) { // side by side, a core each
		clients := []Work{{Memory: new(f32.Arena)}, {Memory: new(f32.Arena)}}
		n := 0
		for b.Loop() {
			many(2).Run(2, func(_, i int) {
				pass := prompts.Forward(clients[i], ctx)
				pass.Backward(clients[i], []f32.Matrix{f32.New(4, d), f32.New(4, d)}, dfeatures)
				clients[i].Memory.Reset()
			})
			n += 2
		}
		b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(n), "ms/step")
		b.ReportMetric(3e-9*operations*float64(n)/b.Elapsed().Seconds(), "GFLOP/s")
	})
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
				b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms/step")
				b.ReportMetric(1e-9*operations*float64(1+cotangents)*float64(b.N)/b.Elapsed().Seconds(), "GFLOP/s")
			})
		}
	}
}

// BenchmarkLastBlock is a purified step of low-rank terms of rank 8 in the last block of B/16's vision tower, on 32
// images: forward, and back with two cotangents, from half-precision tokens. With dropout its masks are drawn, too.
func BenchmarkLastBlock(b *testing.B) {
	const d, images, length, rank = 768, 32, 197, 8
	f := filler{rand.New(rand.NewPCG(1, 1))}
	v := NewVision(VisionWeights{
		Blocks: []Weights{f.block(d)}, Heads: 12, Final: f.norm(d), Projection: Map{W: f.matrix(512, d, 0.05)},
	})
	halves := make([]uint16, images*length*d)
	for i := range halves {
		halves[i] = uint16(f.rng.IntN(1<<15))&^(1<<14) | uint16(f.rng.IntN(2))<<15
	}
	class, dfeatures := f.matrix(images, d, 1), f.matrix(2*images, 512, 1)
	low := LowRank{Gamma: 5.6}
	for i := range 3 {
		low.A[i], low.B[i] = f.matrix(rank, d, 0.05), f.matrix(d, rank, 0.05)
	}
	for _, workers := range []int{1, 2} {
		for _, dropout := range []bool{false, true} {
			work := Work{Memory: new(f32.Arena)}
			if workers > 1 {
				work = many(workers)
			}
			source := rand.NewChaCha8([32]byte{1})
			step := func() {
				var drop []Masks
				if dropout {
					drop = make([]Masks, 1)
					for i := range drop[0] {
						drop[0][i] = NewMask(source, images*length, d, 0.25)
					}
				}
				tokens := work.matrix(images*length, d)
				work.each(images, func(_, i int) {
					f32.Widen(part(tokens, i, length).Data, halves[i*length*d:(i+1)*length*d])
				})
				pass := v.Forward(work, Images{tokens, class, length}, []LowRank{low}, drop)
				pass.Backward(work, [][]LowRank{zeroLike(&low, 1), zeroLike(&low, 1)}, dfeatures)
				work.Memory.Reset()
			}
			step() // now the memory is there
			b.Run(fmt.Sprintf("dropout=%v/%d-workers", dropout, workers), func(b *testing.B) {
				for b.Loop() {
					step()
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms/step")
			})
		}
	}
}
