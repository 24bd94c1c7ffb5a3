package peft

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// A context starts from N(0, 0.02²), or from the tokens of its words: of each class alike.
func TestPromptStarts(t *testing.T) {
	for _, name := range []string{"prompt", "prompt-class"} {
		e, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		h := head(rand.New(rand.NewPCG(1, 2)), e)
		drawn, worded := e.New(h, Prompt{Tokens: 3}), e.New(h, Prompt{Tokens: 3, Start: "any"})
		var n, square float64
		p := make([]float32, drawn.Layout().Size())
		for i := range 50 {
			drawn.Init(p, rand.New(rand.NewPCG(3, uint64(i))))
			square, n = square+f32.Dot(p, p), n+float64(len(p))
		}
		if std := math.Sqrt(square / n); math.Abs(std-0.02) > 0.001 {
			t.Errorf("%s: drawn with the deviation %v", name, std)
		}
		worded.Init(p, rand.New(rand.NewPCG(3, 4)))
		for i := 0; i < len(p); i += tokenWidth {
			id := h.Inside.Text.Words[i/tokenWidth%3]
			if !slices.Equal(p[i:i+tokenWidth], h.Inside.Text.Tower.Token(id)) {
				t.Errorf("%s: token %d is not that of word %d", name, i/tokenWidth, id)
			}
		}
	}
}

// A context for each class that is the same for all predicts as one that they share, and its gradients add up to that
// one's.
func TestContextsOfClasses(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	shared, own := Modules[slices.Index(Names(), "prompt")], Modules[slices.Index(Names(), "prompt-class")]
	s := newSample(t, shared, 0)
	each := own.New(s.head, small(own, 0))
	var p []float32
	for range classes {
		p = append(p, s.p...)
	}
	run := each.At(nil, p).Forward(nil, s.x, nil)
	if d := apart(run.Logits(), s.run().Logits()); d > 1e-4 {
		t.Errorf("logits differ by %v", d)
	}
	delta := random(rng, batch, classes, 1)
	want, got := make([]float32, len(s.p)), make([]float32, len(p))
	s.run().Backward(nil, want, delta)
	run.Backward(nil, got, delta)
	sum := make([]float32, len(s.p))
	for row := range slices.Chunk(got, len(sum)) {
		f32.Axpy(1, row, sum)
	}
	if d := f32.Distance(sum, want); d > 1e-4*f32.Norm(want) {
		t.Errorf("gradients differ by %v of %v", d, f32.Norm(want))
	}
}

// A module prepares its texts once, whoever asks first, and answers to many at a time.
func TestPromptsAtOnce(t *testing.T) {
	s := newSample(t, Modules[slices.Index(Names(), "prompt")], 0)
	want := s.run().Logits()
	m := s.New(s.head, small(s.Entry, 0))
	var all sync.WaitGroup
	for range 8 {
		all.Add(1)
		go func() {
			defer all.Done()
			memory := new(f32.Arena)
			if got := m.At(memory, s.p).Forward(memory, s.x, nil).Logits(); !same(got.Data, want.Data) {
				t.Error("logits differ")
			}
		}()
	}
	all.Wait()
}
