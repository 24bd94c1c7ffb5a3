package export

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

const (
	batch   = 9
	classes = 7
	dim     = 6 // as the miniatures of encoders have
	width   = 12
	scale   = 30
)

func random(rng *rand.Rand, rows, cols int) f32.Matrix {
	m := f32.New(rows, cols)
	for i := range m.Data {
		m.Data[i] = float32(rng.NormFloat64())
	}
	return m
}

// frozen is a head, before the projection if it has one.
func frozen(rng *rand.Rand, projected bool) peft.Head {
	h := peft.Head{Text: random(rng, classes, dim), Scale: scale}
	for c := range classes {
		f32.Normalize(h.Text.Row(c), h.Text.Row(c))
	}
	if projected {
		h.Projection = random(rng, dim, width)
	}
	return h
}

// each visits models as runs can have: every module, alone and as the sum of two parts, on embeddings and on features
// before the projection; without training; with class shares taken off.
func each(t *testing.T, visit func(t *testing.T, name string, m *lab.Model)) {
	for _, e := range peft.Modules {
		if e.Inside != peft.Outside { // an encoder is asked for
			continue
		}
		for _, projected := range []bool{false, true} {
			if e.Projects && !projected {
				continue
			}
			rng := rand.New(rand.NewPCG(3, 4))
			m := &lab.Model{Head: frozen(rng, projected), Projects: e.Projects, Card: card(e.Name)}
			head := m.Head
			if !e.Projects {
				head.Projection = f32.Matrix{}
			}
			m.Module = e.New(head, e.Options)
			for _, weight := range []float64{1, 0.7} {
				phi := make([]float32, m.Module.Layout().Size())
				m.Module.Init(phi, rng)
				for i := range phi {
					phi[i] += float32(0.2 * rng.NormFloat64())
				}
				m.Parts = append(m.Parts, lab.Part{Weight: weight, Phi: phi})
				name := fmt.Sprintf("%s, %d columns, %d parts", e.Name, m.Columns(), len(m.Parts))
				t.Run(name, func(t *testing.T) { visit(t, name, m) })
			}
			if e.Name == "linear" {
				m.Subtract = random(rng, 1, classes).Data
				t.Run("shares", func(t *testing.T) { visit(t, "shares", m) })
			}
		}
	}
	for _, projected := range []bool{false, true} {
		m := &lab.Model{Head: frozen(rand.New(rand.NewPCG(3, 4)), projected), Card: card("")}
		t.Run("zero-shot", func(t *testing.T) { visit(t, "zero-shot", m) })
	}
}

// card describes a model whose encoder is known.
func card(module string) lab.Card {
	return lab.Card{
		Classes:    []string{"ant", "bée", "c \"d\"", "d", "e", "f", "g"},
		LogitScale: scale, Method: "fedavg", Module: module,
		Encoder: &cache.ModelInfo{
			Name: "miniature", Files: map[string]string{},
			Preprocess: json.RawMessage(`{"size": 8, "mean": [0.5,0.5,0.5]}`),
		},
	}
}

// alike fails unless logits agree to 1e-4 of the scale, with the same classes in front, and probabilities are theirs.
func alike(t *testing.T, logits, chances, want f32.Matrix) {
	t.Helper()
	alikeWithin(t, 1e-4, logits, chances, want)
}

func alikeWithin(t *testing.T, tolerance float64, logits, chances, want f32.Matrix) {
	t.Helper()
	if logits.Rows != want.Rows || logits.Cols != want.Cols || chances.Rows != want.Rows || chances.Cols != want.Cols {
		t.Fatalf("logits (%d,%d), want (%d,%d)", logits.Rows, logits.Cols, want.Rows, want.Cols)
	}
	p := make([]float32, want.Cols)
	for i := range want.Rows {
		got := logits.Row(i)
		for c, v := range want.Row(i) {
			if d := math.Abs(float64(got[c] - v)); !(d <= tolerance*max(scale, math.Abs(float64(v)))) {
				t.Fatalf("row %d: logit %d is %v, want %v", i, c, got[c], v)
			}
		}
		if f32.Argmax(got) != f32.Argmax(want.Row(i)) || f32.Argmax(chances.Row(i)) != f32.Argmax(got) {
			t.Errorf("row %d is of another class", i)
		}
		f32.Softmax(p, got)
		if d := f32.Distance(p, chances.Row(i)); !(d < 1e-5) {
			t.Errorf("row %d: probabilities %v, want %v", i, chances.Row(i), p)
		}
	}
}

func write(t *testing.T, m *lab.Model, o Options) (dir string, c *Card) {
	t.Helper()
	dir = t.TempDir()
	c, err := Write(context.Background(), dir, m, o)
	if err != nil {
		t.Fatal(err)
	}
	return dir, c
}
