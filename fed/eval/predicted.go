package eval

import (
	"github.com/fedpurel/fedpurel/fed/saved"
	"github.com/fedpurel/fedpurel/train/f32"
)

// guess is what a model takes the rows of a block for.
type guess struct {
	class       []int32
	probability []float32
}

// guesses are the most probable classes of logits, as counts have them, and their probabilities.
func guesses(logits f32.Matrix) guess {
	g := guess{make([]int32, logits.Rows), make([]float32, logits.Rows)}
	p := make([]float32, logits.Cols)
	for i := range logits.Rows {
		top := f32.Argmax(logits.Row(i))
		f32.Softmax(p, logits.Row(i))
		g.class[i], g.probability[i] = int32(top), p[top]
	}
	return g
}

// guess records what a model takes the block's rows for, in full detail.
func (v *view) guess(t *tally, model string, logits f32.Matrix) {
	if t.guesses != nil {
		t.guesses[model] = guesses(logits)
	}
}

// guessed takes the guesses of the next block.
func (s *sum) guessed(t *Tally, rows int) {
	for model, g := range t.guesses {
		if s.Predicted == nil {
			s.Predicted = map[string]saved.Predictions{}
		}
		to, there := s.Predicted[model]
		if !there {
			to = saved.NewPredictions(rows)
			s.Predicted[model] = to
		}
		for i, row := range t.Rows {
			to.Class[row], to.Probability[row] = g.class[i], g.probability[i]
		}
	}
}
