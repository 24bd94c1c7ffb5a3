package fedtest

import (
	"math/rand/v2"
	"testing"

	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// towers makes towers of random weights.
type towers struct{ rng *rand.Rand }

const heads = 2

func (t towers) matrix(rows, cols int, scale float64) f32.Matrix {
	m := f32.New(rows, cols)
	for i := range m.Data {
		m.Data[i] = float32(scale * t.rng.NormFloat64())
	}
	return m
}

func (t towers) square() encoder.Map { return encoder.Map{W: t.matrix(Dim, Dim, 0.3)} }

func (towers) norm() encoder.Norm {
	n := encoder.Norm{Gain: make([]float32, Dim), Shift: make([]float32, Dim), Eps: 1e-5}
	for i := range n.Gain {
		n.Gain[i] = 1
	}
	return n
}

func (t towers) blocks(n int) (all []encoder.Weights) {
	for range n {
		all = append(all, encoder.Weights{
			Norm1: t.norm(), Query: t.square(), Key: t.square(), Value: t.square(), Out: t.square(),
			Norm2: t.norm(), Up: t.square(), Down: t.square(),
		})
	}
	return all
}

// text is a text tower with class names of one or two tokens: what prompts are learned in. What it says of the names
// has nothing to do with the features.
func (t towers) text() peft.TextTower {
	const words, positions, first, last = Classes + 2, 8, Classes, Classes + 1
	w := encoder.TextWeights{
		Tokens: t.matrix(words, Dim, 0.3), Positions: t.matrix(positions, Dim, 0.3),
		Blocks: t.blocks(2), Heads: heads, Final: t.norm(), Projection: t.square(),
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

// NewTokens is the problem inside an image tower: images are three tokens, a class token that all share and two around
// class directions, as its last block, or its last two, take them. Class texts are what the tower says of the
// directions, with noise.
func NewTokens(t testing.TB, clients, blocks int) *Problem {
	t.Helper()
	const length = 3
	p, to := New(t, clients), towers{rand.New(rand.NewPCG(3, uint64(blocks)))}
	v := peft.VisionTower{Blocks: blocks, Length: length, Width: Dim, Tower: encoder.NewVision(encoder.VisionWeights{
		Blocks: to.blocks(blocks), Heads: heads, Final: to.norm(), Projection: to.square(),
	})}
	class, centre := to.matrix(1, Dim, 1), to.matrix(Classes, Dim, 1)
	rows := func(y []int32, noise float64) f32.Matrix {
		x := to.matrix(len(y), v.Columns(), noise)
		for i, c := range y {
			of := f32.Of(v.Columns()/Dim, Dim, x.Row(i))
			for j := range of.Rows {
				if j%length == 0 {
					copy(of.Row(j), class.Data)
				} else {
					f32.Axpy(1, centre.Row(int(c)), of.Row(j))
				}
			}
		}
		return x
	}
	p.Train.X, p.Test.X = rows(p.Train.Y, 1), rows(p.Test.Y, 1)
	all := make([]int32, Classes)
	for c := range all {
		all[c] = int32(c)
	}
	none := make([]encoder.LowRank, blocks)
	for b := range none {
		for i := range 3 {
			none[b].A[i], none[b].B[i] = f32.New(0, Dim), f32.New(Dim, 0)
		}
	}
	tokens := encoder.Images{Tokens: f32.Of(Classes*v.Columns()/Dim, Dim, rows(all, 0).Data), Length: length}
	text := v.Tower.Forward(encoder.Work{}, tokens, none, nil).Features
	f32.Axpy(0.3, to.matrix(Classes, Dim, 1).Data, text.Data)
	for c := range Classes {
		f32.Normalize(text.Row(c), text.Row(c))
	}
	p.Head = peft.Head{Text: text, Scale: 10, Inside: &peft.Inside{Vision: v}}
	return p
}
