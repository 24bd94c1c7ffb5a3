package encoder

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// small is a text tower of random weights.
func small(rng *rand.Rand, layers, positions int) TextWeights {
	const d, hidden, e, vocabulary = 12, 20, 7, 30
	w := TextWeights{Tokens: normal(rng, vocabulary, d, 0.7), Positions: normal(rng, positions, d, 0.7), Heads: 3}
	for range layers {
		w.Blocks = append(w.Blocks, drawn(rng, d, hidden))
	}
	last := drawn(rng, d, e)
	w.Final, w.Projection = last.Norm1, Map{W: last.Up.W}
	return w
}

// features are the texts' features as they are defined: each text by itself, in float64.
func (w TextWeights) features(texts [][]int, ctx f32.Matrix) (all []float64) {
	b := naive{heads: w.Heads, act: w.Activation, sees: func(i, j int) bool { return j <= i }}
	for _, text := range texts {
		var x [][]float64
		for i, id := range text {
			token := ctx.Row
			if id < 0 {
				id = -1 - id
			} else {
				token = w.Tokens.Row
			}
			row := make([]float64, ctx.Cols)
			for j, v := range token(id) {
				row[j] = float64(v) + float64(w.Positions.Row(i)[j])
			}
			x = append(x, row)
		}
		for _, b.w = range w.Blocks {
			x = b.forward(x)
		}
		all = append(all, b.times(w.Projection, b.norm(w.Final, x[len(x)-1]))...)
	}
	return all
}

// readings are texts with their contexts.
func readings() map[string][][]int {
	shared := [][]int{
		{28, -1, -2, 3, 4, 29}, {28, -1, -2, 3, 5, 29}, {28, -1, -2, 3, 29}, {28, -1, -2, 7, 29},
		{28, -1, -2, 3, 4, 29},
	}
	return map[string][][]int{
		"shared":            shared,
		"equal texts alone": {shared[0], shared[0]},
		"a context each":    {{28, -1, -2, 3, 29}, {28, -3, -4, 3, 29}, {28, -5, -6, 8, 9, 29}},
		"in the middle":     {{28, 1, -1, 2, -2, 29}, {28, 1, -1, 29}, {28, -2, 2, -1, 29}},
		"at the end":        {{28, 3, -1}, {28, -2}},
		"a row twice":       {{28, -1, -1, 29}, {28, -1, 2, -2, -1, 29}},
		"one token":         {{-1}, {29}},
		"no context":        {{28, 3, 29}},
	}
}

// TestPrompts holds features and gradients of towers with one block and with several against their definition.
func TestPrompts(t *testing.T) {
	for name, texts := range readings() {
		for layers := 1; layers <= 3; layers++ {
			t.Run(fmt.Sprintf("%s %d", name, layers), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(uint64(layers), 9))
				weights := small(rng, layers, 8)
				context := 0
				for _, id := range slices.Concat(texts...) {
					context = max(context, -id)
				}
				ctx, d := normal(rng, context, 12, 0.7), normal(rng, 2*len(texts), 7, 1)
				pass := NewText(weights).Prompts(Work{}, texts, context).Forward(Work{}, ctx)
				within(t, "features", pass.Features.Data, weights.features(texts, ctx), 1e-6)

				grads := []f32.Matrix{f32.New(context, 12), f32.New(context, 12)}
				pass.Backward(Work{}, grads, d)
				want := gradients(ctx, func() []float64 { return weights.features(texts, ctx) }, d)
				for z := 0; context > 0 && z < 2; z++ {
					within(t, fmt.Sprint("gradient ", z), grads[z].Data, want[z], 3e-6)
				}
			})
		}
	}
}

// TestPromptsShare: what texts begin with is computed once, and so are equal texts.
func TestPromptsShare(t *testing.T) {
	text := NewText(small(rand.New(rand.NewPCG(1, 1)), 1, 8))
	for name, want := range map[string]int{"shared": 3 + 1 + 2*2 + 1 + 2, "equal texts alone": 6, "no context": 3} {
		if got := text.Prompts(Work{}, readings()[name], 2).Nodes(); got != want {
			t.Errorf("%s: %d nodes, want %d", name, got, want)
		}
	}
}

func TestPromptsAndWorkers(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	text, ctx, d := NewText(small(rng, 3, 8)), normal(rng, 2, 12, 0.7), normal(rng, 10, 7, 1)
	run := func(w Work) []float32 {
		prompts := text.Prompts(w, readings()["shared"], 2)
		prompts.Frugal = w.Workers == 3 // nor does that change a bit
		pass := prompts.Forward(w, ctx)
		grads := []f32.Matrix{f32.New(2, 12), f32.New(2, 12)}
		pass.Backward(w, grads, d)
		return slices.Concat(pass.Features.Data, grads[0].Data, grads[1].Data)
	}
	want := run(Work{})
	for workers := 1; workers < 5; workers++ {
		w := many(workers)
		for range 2 {
			if !slices.Equal(run(w), want) {
				t.Errorf("%d workers: other bits", workers)
			}
			w.Memory.Reset()
		}
	}
}

func TestTextsThatCannotBeRead(t *testing.T) {
	text := NewText(small(rand.New(rand.NewPCG(1, 1)), 1, 8))
	for want, texts := range map[string][][]int{
		"text 1 has 0 tokens":    {{1}, {}},
		"text 0 has 9 tokens":    {make([]int, 9)},
		"token 30, which is nei": {{1, 30}},
		"token -3, which is nei": {{-1, -3}},
	} {
		if err := text.Check(texts, 2); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// A tower that keeps the tokens of its texts reads them as before, to the bit, and refuses others.
func TestKeep(t *testing.T) {
	weights := small(rand.New(rand.NewPCG(3, 3)), 2, 8)
	texts := [][]int{{28, -1, 3, 4, 29}, {28, -1, 7, 29}}
	tower, ctx := NewText(weights), f32.New(1, 12)
	want := tower.Prompts(Work{}, texts, 1).Forward(Work{}, ctx).Features
	token := slices.Clone(tower.Token(7))
	tower.Keep(29, 28, 3, 4, 7, 3)
	if got := tower.Prompts(Work{}, texts, 1).Forward(Work{}, ctx).Features; !slices.Equal(got.Data, want.Data) {
		t.Error("other features")
	}
	if !slices.Equal(tower.Token(7), token) {
		t.Error("another token")
	}
	if err := tower.Check(texts, 1); err != nil {
		t.Error(err)
	}
	for _, id := range []int{5, 30, -2} {
		if err := tower.Check([][]int{{28, id, 29}}, 1); err == nil || !strings.Contains(err.Error(), "neither") {
			t.Errorf("token %d: %v", id, err)
		}
	}
}
