package eval

import (
	"github.com/fedpurel/fedpurel/fed/saved"
	"github.com/fedpurel/fedpurel/train/f32"
)

// guesses are the most probable classes of logits, as counts have them, and their probabilities.
func guesses(logits f32.Matrix) Guesses {
	g := Guesses{make([]int32, logits.Rows), make([]float32, logits.Rows)}
	p := make([]float32, logits.Cols)
	for i := range logits.Rows {
		top := f32.Argmax(logits.Row(i))
		f32.Softmax(p, logits.Row(i))
		g.Class[i], g.Probability[i] = int32(top), p[top]
	}
	return g
}

// guess records what a model takes the block's rows for, in full detail.
func (v *view) guess(t *Tally, model string, logits f32.Matrix) {
	if t.Guesses != nil {
		t.Guesses[model] = guesses(logits)
	}
}

// guessed takes the guesses of the next tally.
func (s *sum) guessed(t *Tally) {
	for model, g := range t.Guesses {
		if s.Predicted == nil {
			s.Predicted = map[string]saved.Predictions{}
		}
		to, there := s.Predicted[model]
		if !there {
			to = saved.NewPredictions(s.rows)
			s.Predicted[model] = to
		}
		for i, row := range t.Rows {
			to.Class[row], to.Probability[row] = g.Class[i], g.Probability[i]
		}
	}
}
