package encoder

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// classWorlds are those of class tokens with low-rank terms.
func classWorlds() map[string]world {
	all := worlds()
	return map[string]world{
		"no dropout": all["low rank of class tokens"], "dropout": all["low rank of class tokens with dropout"],
	}
}

// folded runs a class block over the tokens of a world, LN₁ and its gradient included.
func (c world) folded(w Work, below bool) (out f32.Matrix, grads []LowRank, dx f32.Matrix) {
	first := w.normalise(w.matrix(c.x.Rows, c.x.Cols), c.x, c.w.Norm1.Eps)
	in := ClassInput{Y: c.w.Norm1.on(w, first.unit), X: w.gather(c.x, c.leave), Length: 3, Low: *c.low, Drop: c.drop}
	p := NewClassBlock(c.w, c.heads, c.act).Forward(w, in)
	grads = c.grads()
	skip, dx := p.Backward(w, c.dout, grads, below)
	if below {
		c.w.Norm1.back(w, dx)
		first.back(w, dx)
		scatter(dx, skip, c.leave, c.x.Rows)
	}
	return p.Out, grads, dx
}

// TestClassBlock holds the folded block against the one that forms keys and values, which is held against its
// definition.
func TestClassBlock(t *testing.T) {
	for name, c := range classWorlds() {
		t.Run(name, func(t *testing.T) {
			p := c.block().Forward(Work{}, c.input())
			grads := c.grads()
			dx := p.Backward(Work{}, c.dout, grads)
			for _, below := range []bool{true, false} {
				out, got, gotX := c.folded(Work{}, below)
				near := func(what string, got, want f32.Matrix) {
					t.Helper()
					within(t, what, got.Data, slices.Concat(wide(f32.Of(1, len(want.Data), want.Data))...), 3e-6)
				}
				near("out", out, p.Out)
				for z := range grads {
					for i := range 3 {
						near(fmt.Sprint("dA ", z, i), got[z].A[i], grads[z].A[i])
						near(fmt.Sprint("dB ", z, i), got[z].B[i], grads[z].B[i])
					}
				}
				if below {
					near("dx", gotX, dx)
				}
			}
		})
	}
}

// TestClassBlockAndWorkers: the same bits from any number of workers, with as many images as make several groups.
func TestClassBlockAndWorkers(t *testing.T) {
	for name, c := range classWorlds() {
		rng := rand.New(rand.NewPCG(8, 8))
		const images = 3*imagesAtOnce - 1
		c.x, c.dout, c.leave = normal(rng, 3*images, 12, 1), normal(rng, 2*images, 12, 1), nil
		for i := range images {
			c.leave = append(c.leave, 3*i)
		}
		if c.drop != nil {
			for i := range c.drop {
				c.drop[i] = NewMask(rng, 3*images, 12, 0.25)
			}
		}
		run := func(w Work) []float32 {
			out, grads, dx := c.folded(w, true)
			all := slices.Concat(out.Data, dx.Data)
			for _, g := range grads {
				for i := range 3 {
					all = slices.Concat(all, g.A[i].Data, g.B[i].Data)
				}
			}
			return all
		}
		want := run(Work{})
		for workers := 1; workers < 5; workers++ {
			w := many(workers)
			for range 2 {
				if !slices.Equal(run(w), want) {
					t.Errorf("%s: %d workers: other bits", name, workers)
				}
				w.Memory.Reset()
			}
		}
	}
}

func TestMask(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, p := range []float64{0, 0.25, 0.1, 0.9} {
		m := NewMask(rng, 500, 100, p)
		dropped := 0
		for r := range 500 {
			for c := range 100 {
				switch m.Factor(r, c) {
				case 0:
					dropped++
				case float32(1 / (1 - p)):
				default:
					t.Fatal("a factor is neither 0 nor 1/(1−p)")
				}
			}
		}
		if share := float64(dropped) / 50000; share < p-0.01 || share > p+0.01 {
			t.Errorf("%v are dropped, want %v", share, p)
		}
	}
}
