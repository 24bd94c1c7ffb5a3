package peft

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
)

// ruled makes tensors by the rule of train/encoder/testdata/towers.py: values are a hash of seed and index.
type ruled struct{ seed uint64 }

func (r *ruled) tensor(rows, cols int, scale float64) f32.Matrix {
	r.seed++
	m := f32.New(rows, cols)
	for i := range m.Data {
		z := (uint64(i) + r.seed<<32) * 0x9E3779B97F4A7C15
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		m.Data[i] = float32(scale) * (float32((z^z>>31)>>40)/(1<<23) - 1)
	}
	return m
}

func (r *ruled) linear(out, in int) encoder.Map {
	return encoder.Map{W: r.tensor(out, in, 2/math.Sqrt(float64(in))), B: r.tensor(1, out, 0.2).Data}
}

func (r *ruled) norm(d int) encoder.Norm {
	n := encoder.Norm{Gain: r.tensor(1, d, 0.3).Data, Shift: r.tensor(1, d, 0.2).Data, Eps: 1e-5}
	for i := range n.Gain {
		n.Gain[i]++
	}
	return n
}

func (r *ruled) blocks(n, d, hidden int) (all []encoder.Weights) {
	for range n {
		w := encoder.Weights{Norm1: r.norm(d)}
		w.Query, w.Key, w.Value, w.Out = r.linear(d, d), r.linear(d, d), r.linear(d, d), r.linear(d, d)
		w.Norm2, w.Up, w.Down = r.norm(d), r.linear(hidden, d), r.linear(d, hidden)
		all = append(all, w)
	}
	return all
}

// computed is a case of testdata/inside.py.
type computed struct {
	Module    string
	Blocks    int
	Logits    []float64
	Gradients [][]float64 // of two cotangents
}

// The sizes there.
const torchWidth, torchHeads, torchHidden, torchOut, torchTokens, torchLength, torchRank = 16, 2, 32, 12, 3, 4, 2

// prompt makes the case's head, parameters and features.
func (c computed) prompt(r *ruled) (h Head, o Options, p []float32, x f32.Matrix) {
	const d = torchWidth
	w := encoder.TextWeights{Tokens: r.tensor(20, d, 0.5), Positions: r.tensor(12, d, 0.5), Heads: torchHeads}
	w.Blocks, w.Final = r.blocks(2, d, torchHidden), r.norm(d)
	w.Projection.W = r.tensor(torchOut, d, 2/math.Sqrt(d))
	names := [][]int{{5, 6}, {5, 7}, {8}, {9, 10, 11}, {12}, {12}}
	contexts := 1
	if c.Module == "prompt-class" {
		contexts = len(names)
	}
	p = r.tensor(contexts*torchTokens, d, 0.5).Data
	h = Head{Text: f32.New(len(names), torchOut), Scale: 20, Inside: &Inside{Text: TextTower{
		Tower: encoder.NewText(w), Width: d, Positions: 12, Begin: []int{0}, End: []int{1, 2}, Names: names,
	}}}
	return h, Prompt{Tokens: torchTokens}, p, r.tensor(5, torchOut, 3)
}

// vision makes the case's head, parameters and rows of tokens.
func (c computed) vision(r *ruled) (h Head, o Options, p []float32, x f32.Matrix) {
	const d, images = torchWidth, 5
	states := r.tensor(images*torchLength, d, 1.5)
	text, _ := normalise(nil, r.tensor(6, torchOut, 1))
	w := encoder.VisionWeights{Blocks: r.blocks(c.Blocks, d, torchHidden), Heads: torchHeads, Final: r.norm(d)}
	w.Projection.W = r.tensor(torchOut, d, 2/math.Sqrt(d))
	for range 3 * c.Blocks {
		p = append(p, r.tensor(torchRank, d, 1/math.Sqrt(d)).Data...)
		p = append(p, r.tensor(d, torchRank, 0.3).Data...)
	}
	v := VisionTower{Tower: encoder.NewVision(w), Blocks: c.Blocks, Length: torchLength, Width: d}
	x = f32.Of(images, torchLength*d, states.Data)
	if c.Blocks == 1 {
		in := v.Tower.Normalised(encoder.Work{}, states, torchLength)
		x = f32.New(images, v.Columns())
		for i := range images {
			row := x.Row(i)
			row = row[copy(row, in.Tokens.Data[i*torchLength*d:(i+1)*torchLength*d]):]
			copy(row, in.Class.Row(i))
		}
	}
	low := VisionLowRank{LowRank{Rank: torchRank, Alpha: 3, RankStable: true}, c.Blocks}
	return Head{Text: text, Scale: 20, Inside: &Inside{Vision: v}}, low, p, x
}

// TestPyTorch holds modules inside the encoder against float64 autograd: logits, and two gradients from one pass.
func TestPyTorch(t *testing.T) {
	data, err := os.ReadFile("testdata/inside.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []computed
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != 4 {
		t.Fatalf("%d cases", len(cases))
	}
	for _, c := range cases {
		r := new(ruled)
		build := c.prompt
		if c.Blocks > 0 {
			build = c.vision
		}
		h, o, p, x := build(r)
		m, err := New(c.Module, h, o)
		if err != nil {
			t.Fatal(err)
		}
		run := m.At(nil, p).Forward(nil, x, nil).(Stacked)
		delta := r.tensor(2*x.Rows, h.Text.Rows, 1)
		grads := [2][]float32{}
		for z := range grads {
			grads[z] = append(grads[z], p...)
			clear(grads[z])
			run.Defer(grads[z], stacked(delta, z, x.Rows))
		}
		run.Settle(nil)
		near(t, c.Module+": logits", run.Logits().Data, c.Logits)
		for z := range grads {
			near(t, c.Module+": gradient", grads[z], c.Gradients[z])
		}
	}
}

// near fails unless a vector is another one, to 10⁻⁵ of its length.
func near(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	var off, size float64
	for i, w := range want {
		off += (float64(got[i]) - w) * (float64(got[i]) - w)
		size += w * w
	}
	if len(got) != len(want) || !(off <= 1e-10*size) {
		t.Errorf("%s: %d values, %.2g away from PyTorch's %d", what, len(got), math.Sqrt(off/size), len(want))
	}
	t.Logf("%s: %.2g", what, math.Sqrt(off/size))
}
