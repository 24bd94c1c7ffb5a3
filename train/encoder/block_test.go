package encoder

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// world is a block, tokens, and two cotangents.
type world struct {
	naive
	over  Attention
	leave []int
	x     f32.Matrix
	dout  f32.Matrix // (2k,D)
}

func (c world) block() *Block { return NewBlock(c.w, c.heads, c.act, c.low != nil) }

func (c world) input() Input {
	return Input{X: c.x, Over: c.over, Leave: c.leave, Low: c.low, Drop: c.drop}
}

// worlds are blocks of every kind.
func worlds() map[string]world {
	all := map[string]world{}
	parents := []int{-1, 0, 1, 2, 1, 4, 4, 0, 7}
	tree := NewTree(parents)
	ancestor := func(i, j int) bool { return slices.Contains(tree.paths[i], int32(j)) }
	same := func(i, j int) bool { return i/3 == j/3 }
	for seed, name := range []string{"tree", "some of a tree", "sequences", "class tokens", "low rank",
		"low rank with dropout", "low rank of class tokens", "low rank of class tokens with dropout", "exact gelu"} {
		rng := rand.New(rand.NewPCG(uint64(seed), 5))
		const d, n = 12, 9
		c := world{naive: naive{w: drawn(rng, d, 20), heads: 3, sees: same}, over: Sequence{3}}
		c.x = normal(rng, n, d, 1.5)
		k := n
		switch seed {
		case 0, 1, 8:
			c.sees, c.over = ancestor, tree
			if seed == 1 {
				c.leave = []int{3, 8, 3, 6} // equal texts end in the same token
			}
			if seed == 8 {
				c.act = Gelu
			}
		case 3, 6, 7:
			c.leave = []int{0, 3, 6}
		}
		if c.leave != nil {
			k = len(c.leave)
		}
		if seed >= 4 && seed <= 7 {
			c.low = &LowRank{Gamma: 1.3}
			for i := range 3 {
				c.low.A[i], c.low.B[i] = normal(rng, 2, d, 0.4), normal(rng, d, 2, 0.5)
			}
			if seed%2 == 1 {
				c.drop = &Masks{}
				for i := range c.drop {
					c.drop[i] = NewMask(rng, n, d, 0.25)
				}
			}
		}
		c.dout = normal(rng, 2*k, d, 1)
		all[name] = c
	}
	return all
}

// grads are zero gradients of the low-rank terms, two of them.
func (c world) grads() []LowRank {
	if c.low == nil {
		return nil
	}
	return zeroLike(c.low, 2)
}

func zeroLike(l *LowRank, n int) []LowRank {
	all := make([]LowRank, n)
	for z := range all {
		for i := range 3 {
			all[z].A[i], all[z].B[i] = f32.New(l.A[i].Rows, l.A[i].Cols), f32.New(l.B[i].Rows, l.B[i].Cols)
		}
	}
	return all
}

// define is x' of the tokens that leave, by the definition.
func (c world) define() (all []float64) {
	out := c.forward(wide(c.x))
	for i := range c.dout.Rows / 2 {
		all = append(all, out[at(c.leave, i)]...)
	}
	return all
}

// TestBlock holds a block's outputs and all its gradients against its definition.
func TestBlock(t *testing.T) {
	for name, c := range worlds() {
		t.Run(name, func(t *testing.T) {
			p := c.block().Forward(Work{}, c.input())
			within(t, "out", p.Out.Data, c.define(), 1e-6)

			grads := c.grads()
			dx := p.Backward(Work{}, c.dout, grads)
			want := gradients(c.x, c.define, c.dout)
			for z := range 2 {
				within(t, fmt.Sprint("dx ", z), part(dx, z, c.x.Rows).Data, want[z], 2e-6)
			}
			if c.low != nil {
				nearGradients(t, grads, *c.low, c.define, c.dout, 2e-6)
			}
		})
	}
}

// nearGradients holds the gradients of a block's low-rank terms against differences of numbers f that read them.
func nearGradients(t *testing.T, grads []LowRank, low LowRank, f func() []float64, d f32.Matrix, bound float64) {
	t.Helper()
	for i := range 3 {
		a, b := gradients(low.A[i], f, d), gradients(low.B[i], f, d)
		for z := range grads {
			within(t, fmt.Sprint("dA ", z, i), grads[z].A[i].Data, a[z], bound)
			within(t, fmt.Sprint("dB ", z, i), grads[z].B[i].Data, b[z], bound)
		}
	}
}

// TestWorkersDoNotChangeABit, nor does memory that was used before.
func TestWorkersDoNotChangeABit(t *testing.T) {
	for name, c := range worlds() {
		run := func(w Work) (all []float32) {
			grads := c.grads()
			p := c.block().Forward(w, c.input())
			all = append(all, p.Out.Data...)
			all = append(all, p.Backward(w, c.dout, grads).Data...)
			for _, g := range grads {
				for i := range 3 {
					all = append(append(all, g.A[i].Data...), g.B[i].Data...)
				}
			}
			return all
		}
		want := run(Work{})
		for _, workers := range []int{1, 2, 5} {
			w := many(workers)
			for round := range 3 {
				if got := run(w); !slices.Equal(got, want) {
					t.Errorf("%s: %d workers, round %d: other bits", name, workers, round)
				}
				w.Memory.Reset()
			}
		}
	}
}

// TestGradientsAdd: backward passes may be repeated, and gradients of low-rank terms are added to what is there.
func TestGradientsAdd(t *testing.T) {
	c := worlds()["low rank with dropout"]
	p := c.block().Forward(Work{}, c.input())
	once, twice := c.grads(), c.grads()
	first := p.Backward(Work{}, c.dout, once).Clone()
	p.Backward(Work{}, c.dout, twice)
	if again := p.Backward(Work{}, c.dout, twice); !slices.Equal(first.Data, again.Data) {
		t.Error("the second backward pass differs")
	}
	for i := range 3 {
		f32.Scale(2, once[1].A[i].Data)
		var want []float64
		for _, v := range once[1].A[i].Data {
			want = append(want, float64(v))
		}
		within(t, "added", twice[1].A[i].Data, want, 2e-6)
	}
}
