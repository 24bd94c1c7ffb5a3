// Package personal holds methods that give every client a model of its own.
package personal

import (
	"errors"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Ditto (Li et al., ICML 2021) runs FedAvg, and beside it fits every client a model v of its own that is held near the
// global one: L_task(v) + λ/2 ‖v − φ_g‖². v starts at the run's initial weights; a client that never took part
// predicts with the global model. By plain SGD, v settles only where ηλ < 2; at ηλ = 1 a step of rate η is
// v ← φ_g − η ∂L_task/∂v.
//
// Four things of the release (litian96/ditto) are not done here, so that methods share cohorts, average and budget. It
// draws clients by size and takes the plain mean of their updates: here all are drawn alike, and the mean is weighted
// by samples, as in FedAvg. It runs a number of plain SGD steps, not epochs. It can choose λ of {0.1, 1, 2} in every
// step by the client's validation loss. And what it has against corrupt clients, from clipping to Krum, is not Ditto's.
type Ditto struct {
	frame.FedAvg
	Lambda float64 `json:"ditto_lambda" usage:"weight λ of the distance of a client's own model to the global one"`
}

// NewDitto is Ditto with its defaults for a module.
func NewDitto(m peft.Entry) *Ditto { return &Ditto{FedAvg: *frame.NewFedAvg(m), Lambda: 1} }

// Validate reports the first option out of range.
func (m Ditto) Validate() error {
	return errors.Join(m.FedAvg.Validate(), frame.NotNegative("ditto lambda", m.Lambda))
}

// Stages are  fit: on each batch  v ← SGD(v, ∂L_task/∂v + λ (v − φ_g)),  φ ← SGD(φ, ∂L_task/∂φ).
func (m Ditto) Stages() fed.Stages { return fed.Stages{"fit": m.fit} }

func (m Ditto) fit(c *fed.Client, q fed.Message) fed.Message {
	v := c.Kept("phi", c.Initial())
	optimizer, task := m.SGD().New(len(v)), m.Task(c)
	answer := m.Descend(c, q, func(phi []float32, b *fed.Batch) *train.Gradient {
		own := b.At(v)
		g := own.Gradient("loss_personal", func(delta f32.Matrix) float64 { return b.Loss(delta, own.Logits) })
		g.Add(m.Lambda, v)
		g.Add(-m.Lambda, q["phi"])
		optimizer.Step(v, g)
		return task(phi, b)
	})
	c.Keep("phi", v)
	return answer
}

// Adapt fits the client's own model, which grows from round to round.
func (m Ditto) Adapt(rounds int) (stage string, times int) { return "fit", rounds }
