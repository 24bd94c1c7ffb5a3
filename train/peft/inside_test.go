package peft

import (
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
)

// The towers of the tests: blocks of random weights.
const (
	tokenWidth, heads, hidden  = 16, 2, 24
	vocabulary, positions      = 20, 12
	firstToken, lastToken, dot = 0, 1, 2
)

func norm(rng *rand.Rand, d int) encoder.Norm {
	n := encoder.Norm{Gain: random(rng, 1, d, 0.1).Data, Shift: random(rng, 1, d, 0.1).Data, Eps: 1e-5}
	for i := range n.Gain {
		n.Gain[i]++
	}
	return n
}

func linear(rng *rand.Rand, out, in int) encoder.Map {
	return encoder.Map{W: random(rng, out, in, 0.25), B: random(rng, 1, out, 0.1).Data}
}

func blocks(rng *rand.Rand, n, d int) (all []encoder.Weights) {
	for range n {
		w := encoder.Weights{Norm1: norm(rng, d), Norm2: norm(rng, d)}
		for _, m := range []*encoder.Map{&w.Query, &w.Key, &w.Value, &w.Out} {
			*m = linear(rng, d, d)
		}
		w.Up, w.Down = linear(rng, hidden, d), linear(rng, d, hidden)
		all = append(all, w)
	}
	return all
}

// textTower has two blocks; the classes have names of one to three tokens, the last two the same one, and the first two
// begin alike.
func textTower(rng *rand.Rand) TextTower {
	const d = tokenWidth
	w := encoder.TextWeights{
		Tokens: random(rng, vocabulary, d, 0.3), Positions: random(rng, positions, d, 0.3),
		Blocks: blocks(rng, 2, d), Heads: heads, Final: norm(rng, d),
		Projection: encoder.Map{W: random(rng, dim, d, 0.4)},
	}
	return TextTower{
		Tower: encoder.NewText(w), Width: d, Positions: positions, Begin: []int{firstToken}, End: []int{dot, lastToken},
		Names: [][]int{{5, 6}, {5, 7}, {8}, {9, 10, 11}, {12}, {13}, {13}}, Words: []int{14, 15, 16},
	}
}

// visionTower has so many blocks, and images of four tokens.
func visionTower(rng *rand.Rand, n int) VisionTower {
	const d = tokenWidth
	w := encoder.VisionWeights{
		Blocks: blocks(rng, n, d), Heads: heads, Final: norm(rng, d),
		Projection: encoder.Map{W: random(rng, dim, d, 0.4)},
	}
	return VisionTower{Tower: encoder.NewVision(w), Blocks: n, Length: 4, Width: d}
}

// inside is what a module inside the encoder runs in.
func inside(e Entry) *Inside {
	rng := rand.New(rand.NewPCG(31, 32))
	if o, is := e.Options.(VisionLowRank); is {
		return &Inside{Vision: visionTower(rng, o.Blocks)}
	}
	return &Inside{Text: textTower(rng)}
}

// workers is an inside whose passes have so many workers.
func (i Inside) workers(n int) *Inside {
	i.Work = func(m *f32.Arena) encoder.Work {
		run := func(jobs int, job func(worker, i int)) { atOnce(n, jobs, job) }
		return encoder.Work{Memory: m, Workers: n, Run: run}
	}
	return &i
}

// atOnce does jobs with so many goroutines.
func atOnce(workers, jobs int, job func(worker, i int)) {
	queue, done := make(chan int), make(chan struct{})
	for w := range workers {
		go func() {
			for i := range queue {
				job(w, i)
			}
			done <- struct{}{}
		}()
	}
	for i := range jobs {
		queue <- i
	}
	close(queue)
	for range workers {
		<-done
	}
}
