package main

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/fedpurel/fedpurel/fed/ordered"
	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
)

// random weights of a tower.
type random struct{ *rand.Rand }

func (r random) matrix(rows, cols int) f32.Matrix {
	m := f32.New(rows, cols)
	for i := range m.Data {
		m.Data[i] = (2*r.Float32() - 1) * 0.05
	}
	return m
}

func (r random) block(d int) encoder.Weights {
	m := func(out, in int) encoder.Map { return encoder.Map{W: r.matrix(out, in), B: r.matrix(1, out).Data} }
	return encoder.Weights{
		Norm1: r.norm(d), Query: m(d, d), Key: m(d, d), Value: m(d, d), Out: m(d, d),
		Norm2: r.norm(d), Up: m(4*d, d), Down: m(d, 4*d),
	}
}

func (r random) norm(d int) encoder.Norm {
	n := encoder.Norm{Gain: make([]float32, d), Shift: make([]float32, d), Eps: 1e-5}
	for i := range n.Gain {
		n.Gain[i] = 1
	}
	return n
}

// best is the shortest of a few calls, in seconds.
func best(f func()) float64 {
	f() // now the memory is there
	shortest := math.Inf(1)
	for range 5 {
		start := time.Now()
		f()
		shortest = min(shortest, time.Since(start).Seconds())
	}
	return shortest
}

// on is what passes work with on so many cores.
func on(cores int, m *f32.Arena) encoder.Work {
	crew := ordered.NewCrew(cores)
	crew.Join()
	return encoder.Work{Memory: m, Workers: cores, Run: crew.Run}
}

// textBench is a prompt before CIFAR-100's names.
type textBench struct {
	prompts    *encoder.Prompts
	up, down   f32.Packed
	width      int
	ctx, d     f32.Matrix
	operations float64 // of a forward pass
}

func newTextBench(quick bool) *textBench {
	const d = 512
	layers := 12
	if quick {
		layers = 2
	}
	r := random{rand.New(rand.NewPCG(1, 1))}
	w := encoder.TextWeights{
		Tokens: r.matrix(1003, d), Positions: r.matrix(77, d), Heads: 8, Final: r.norm(d),
		Projection: encoder.Map{W: r.matrix(d, d)},
	}
	for range layers {
		w.Blocks = append(w.Blocks, r.block(d))
	}
	var texts [][]int
	for c := range 100 { // 83 names of one token, 15 of two and 2 of three
		text := []int{0, -1, -2, -3, -4}
		for i := range 1 + min(c/83, 1) + c/98 {
			text = append(text, 1+3*c+i)
		}
		texts = append(texts, append(text, 1001, 1002))
	}
	b := &textBench{width: d, ctx: r.matrix(4, d), d: r.matrix(200, d)}
	b.prompts = encoder.NewText(w).Prompts(encoder.Work{}, texts, 4)
	b.up, b.down = f32.Pack(r.matrix(4*d, d)), f32.Pack(r.matrix(d, 4*d))
	n, ends := float64(b.prompts.Nodes()), 100.0
	b.operations = 2 * d * d * (12*n*float64(layers) - 3*n - 10*(n-ends) + ends)
	return b
}

// once is a purified step.
func (b *textBench) once(w encoder.Work) {
	pass := b.prompts.Forward(w, b.ctx)
	pass.Backward(w, []f32.Matrix{f32.New(4, b.width), f32.New(4, b.width)}, b.d)
	w.Memory.Reset()
}

func (b *textBench) step(cores int) float64 {
	w := on(cores, new(f32.Arena))
	return best(func() { b.once(w) })
}

// sideBySide is the time a step takes when two clients have a core each.
func (b *textBench) sideBySide() float64 {
	memory := [2]f32.Arena{}
	return best(func() {
		ordered.NewCrew(2).Run(2, func(_, i int) { b.once(encoder.Work{Memory: &memory[i]}) })
	}) / 2
}

// share is the products' part of a step, if they ran at the rate of a block's widest.
func (b *textBench) share(cores int) float64 {
	rows := b.prompts.Nodes()
	x, u := f32.New(rows, b.width), f32.New(rows, 4*b.width)
	seconds := best(func() {
		for range 12 {
			b.up.MulT(u, x)
			b.down.MulT(x, u)
		}
	})
	rate := 12 * 2 * 2 * float64(rows*4*b.width*b.width) / seconds
	return 3 * b.operations / rate / float64(cores) / b.step(cores)
}

// loraBench is LoRA in the last block of the image tower, from cached tokens.
type loraBench struct {
	vision *encoder.Vision
	halves []uint16
	class  f32.Matrix
	d      f32.Matrix
	low    encoder.LowRank
	drop   float64
	images int
}

// Geometry of ViT-B/16's image tower.
const (
	visionWidth  = 768
	visionTokens = 197
)

func newLoRABench(quick bool, dropout float64) *loraBench {
	const d, rank = visionWidth, 8
	r := random{rand.New(rand.NewPCG(2, 1))}
	b := &loraBench{images: 32, drop: dropout, low: encoder.LowRank{Gamma: 5.6}}
	if quick {
		b.images = 4
	}
	b.vision = encoder.NewVision(encoder.VisionWeights{
		Blocks: []encoder.Weights{r.block(d)}, Heads: 12, Final: r.norm(d),
		Projection: encoder.Map{W: r.matrix(512, d)},
	})
	b.halves = make([]uint16, b.images*visionTokens*d)
	for i := range b.halves { // numbers below 2
		b.halves[i] = uint16(r.IntN(1<<15))&^(1<<14) | uint16(r.IntN(2))<<15
	}
	b.class, b.d = r.matrix(b.images, d), r.matrix(2*b.images, 512)
	for i := range 3 {
		b.low.A[i], b.low.B[i] = r.matrix(rank, d), r.matrix(d, rank)
	}
	return b
}

func (b *loraBench) step(cores int) float64 {
	w, source := on(cores, new(f32.Arena)), rand.NewChaCha8([32]byte{1})
	per := visionTokens * visionWidth
	return best(func() {
		var drop []encoder.Masks
		if b.drop > 0 {
			drop = make([]encoder.Masks, 1)
			for i := range drop[0] {
				drop[0][i] = encoder.NewMask(source, b.images*visionTokens, visionWidth, b.drop)
			}
		}
		tokens := w.Memory.Matrix(b.images*visionTokens, visionWidth)
		w.Run(b.images, func(_, i int) { f32.Widen(tokens.Data[i*per:(i+1)*per], b.halves[i*per:(i+1)*per]) })
		in := encoder.Images{Tokens: tokens, Class: b.class, Length: visionTokens}
		grads := [][]encoder.LowRank{{b.zero()}, {b.zero()}}
		b.vision.Forward(w, in, []encoder.LowRank{b.low}, drop).Backward(w, grads, b.d)
		w.Memory.Reset()
	})
}

func (b *loraBench) zero() (z encoder.LowRank) {
	for i := range 3 {
		z.A[i], z.B[i] = f32.New(b.low.A[i].Rows, b.low.A[i].Cols), f32.New(b.low.B[i].Rows, b.low.B[i].Cols)
	}
	return z
}
