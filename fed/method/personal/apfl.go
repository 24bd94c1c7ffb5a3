package personal

import (
	"errors"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// APFL (Deng et al., 2020) gives every client a model v of its own, and predicts with a mixture of it and of the
// client's copy w of the global model: ℓ = α ℓ(v) + (1−α) ℓ(w). w runs as in FedAvg; v descends on the mixture, after
// each step of w. v starts at the run's initial weights; a client that never took part predicts with the global model.
// It runs plain SGD unless told otherwise.
//
// The paper mixes parameters, the release (MLOPTPSU/FedTorch) logits, as here: for the linear head that is the same. α
// can follow its slope ∂L/∂α, on the first batch of a round: off by default, as in the release. There the slope has a
// factor α² + (1−α)², and 0.02 α is added; neither is in the paper, and neither is done here.
type APFL struct {
	frame.FedAvg
	Alpha    float64 `json:"apfl_alpha" usage:"weight α of a client's own model beside its copy, in [0,1]"`
	Adaptive bool    `json:"apfl_adaptive" usage:"each client's α follows its slope, once a round"`
}

// NewAPFL is APFL with its defaults for a module; α is searched in {0.25, 0.5, 0.75}.
func NewAPFL(m peft.Entry) *APFL {
	return &APFL{FedAvg: frame.FedAvg{Training: frame.Plain(m)}, Alpha: 0.5}
}

// Validate reports the first option out of range.
func (m APFL) Validate() error {
	var err error
	if !(m.Alpha >= 0 && m.Alpha <= 1) {
		err = fault.Usagef("method: weight %v of a client's own model must lie in [0,1]", m.Alpha)
	}
	return errors.Join(m.FedAvg.Validate(), err)
}

// Stages are  fit: on each batch
//
//	w ← SGD(w, ∂L_task(ℓ(w))/∂w),  v ← SGD(v, ∂L_task(α ℓ(v) + (1−α) ℓ(w))/∂v)
//
// and, where α adapts, on the first one  α ← α − η ∂L_task(α ℓ(v) + (1−α) ℓ(w))/∂α,  cut to [0,1].
func (m APFL) Stages() fed.Stages { return fed.Stages{"fit": m.fit} }

func (m APFL) fit(c *fed.Client, q fed.Message) fed.Message {
	w, v, answer := c.Copy(q["phi"]), c.Kept("own", c.Initial()), fed.Message{}
	alpha := c.Kept("alpha", []float32{float32(m.Alpha)})
	shared, own, task := m.Optimizer(c, q, answer, len(w)), m.SGD().New(len(v)), m.Task(c)
	first := m.Adaptive
	for b := range c.Batches(m.Pass(frame.First)) {
		shared.Step(w, task(w, b))
		g, slope := mixed(b, v, w, alpha[0])
		own.Step(v, g)
		if first {
			alpha[0] = min(max(alpha[0]-float32(m.LR*slope), 0), 1)
			c.Observe("alpha", float64(alpha[0]))
			first = false
		}
	}
	c.Keep("phi", w)
	c.Keep("own", v)
	if m.Adaptive {
		c.Keep("alpha", alpha)
	}
	return answer.With("phi", w)
}

// mixed is the gradient of the task loss of α ℓ(v) + (1−α) ℓ(w) with respect to v, and its slope with respect to α.
func mixed(b *fed.Batch, v, w []float32, alpha float32) (g *train.Gradient, slope float64) {
	at, other := b.At(v), b.At(w)
	g = at.Gradient("loss_personal", func(delta f32.Matrix) float64 {
		copy(delta.Data, at.Logits.Data)
		f32.Scale(alpha, delta.Data)
		f32.Axpy(1-alpha, other.Logits.Data, delta.Data)
		loss := b.Loss(delta, delta)
		slope = f32.Dot(delta.Data, at.Logits.Data) - f32.Dot(delta.Data, other.Logits.Data)
		f32.Scale(alpha, delta.Data)
		return loss
	})
	return g, slope
}

// Personal is α ℓ(v) + (1−α) ℓ(w).
func (m APFL) Personal(c *fed.Client, shared fed.Message) fed.Model {
	alpha := float64(c.Kept("alpha", []float32{float32(m.Alpha)})[0])
	return fed.Model{
		c.Own("own", shared["phi"]).Times(alpha), c.Own("phi", shared["phi"]).Times(1 - alpha),
	}
}

// Adapt fits the client's own model, which grows from round to round, and a copy of the global one.
func (m APFL) Adapt(rounds int) (stage string, times int) { return "fit", rounds }
