package peft

import (
	"math/rand/v2"
	"testing"

	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
)

// BenchmarkVisionStep is a purified step of lora-vision on the last block of B/16's image tower: a batch of 32 forward,
// and back with two cotangents.
func BenchmarkVisionStep(b *testing.B) {
	const d, e, length, images, names = 768, 512, 197, 32, 100
	rng := rand.New(rand.NewPCG(1, 2))
	m := func(out, in int) encoder.Map {
		return encoder.Map{W: random(rng, out, in, 0.03), B: make([]float32, out)}
	}
	block := encoder.Weights{
		Norm1: norm(rng, d), Query: m(d, d), Key: m(d, d), Value: m(d, d), Out: m(d, d),
		Norm2: norm(rng, d), Up: m(4*d, d), Down: m(d, 4*d),
	}
	v := VisionTower{Blocks: 1, Length: length, Width: d, Tower: encoder.NewVision(encoder.VisionWeights{
		Blocks: []encoder.Weights{block}, Heads: 12, Final: norm(rng, d), Projection: m(e, d),
	})}
	text, _ := normalise(nil, random(rng, names, e, 1))
	h := Head{Text: text, Scale: 100, Inside: &Inside{Vision: v}}
	x, delta := random(rng, images, v.Columns(), 1), random(rng, 2*images, names, 1)
	for name, dropout := range map[string]float64{"plain": 0, "dropout": 0.25} {
		o := visionOptions
		o.Dropout = dropout
		module, err := New("lora-vision", h, o)
		if err != nil {
			b.Fatal(err)
		}
		p := make([]float32, module.Layout().Size())
		module.Init(p, rng)
		grads, memory, step := [2][]float32{}, new(f32.Arena), byte(0)
		for z := range grads {
			grads[z] = make([]float32, len(p))
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				memory.Reset()
				step++
				run := module.At(memory, p).Forward(memory, x, &Drop{step}).(Stacked)
				for z, g := range grads {
					clear(g)
					run.Defer(g, stacked(delta, z, images))
				}
				run.Settle(memory)
			}
		})
	}
}
