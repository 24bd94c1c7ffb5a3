package purel

import (
	"slices"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Residual are the options of the personal stage: a branch of the client's own on top of a frozen global model.
type Residual struct {
	frame.Start
	LR     float64 `json:"personal_lr" usage:"learning rate of the personal residual, or model"`
	Mix    float64 `json:"mix" usage:"weight α of the personal loss in stage 2; the fused loss has 1−α"`
	Rounds int     `json:"personal_rounds" usage:"personal rounds after the last global one; 0: in every round"`
}

// NewResidual is the personal stage with its defaults for a module.
func NewResidual(m peft.Entry) *Residual {
	return &Residual{Start: frame.Start{From: "initial"}, LR: m.PersonalLR, Mix: 0.9}
}

// Validate reports the first option out of range.
func (o Residual) Validate() error {
	switch {
	case !(o.LR >= 0):
		return fault.Usagef("method: personal learning rate %v must not be negative", o.LR)
	case !(o.Mix >= 0 && o.Mix <= 1):
		return fault.Usagef("method: mixing weight %v must lie in [0,1]", o.Mix)
	case o.Rounds < 0:
		return fault.Usagef("method: personal rounds %d must not be negative", o.Rounds)
	}
	return o.Start.Validate()
}

// fit performs, on each batch,  φ_k ← φ_k − η ∂/∂φ_k [ α CE(ℓ_P) + (1−α) CE(ℓ_G + ℓ_P) ],  under a global model that
// stands still. The client keeps φ_k under a name.
func (o Residual) fit(c *fed.Client, q fed.Message, pass fed.Pass, name string, global fed.Model) {
	phi := c.Kept(name, o.Branch(c, q["phi"]))
	plain, under := train.SGD{LR: o.LR}.New(len(phi)), c.Freeze(global)
	c.Descend(pass, phi, plain, func(phi []float32, b *fed.Batch) *train.Gradient {
		frozen, own := under.Predict(b), b.At(phi)
		return own.Gradient("loss_personal", func(delta f32.Matrix) float64 {
			return train.Fused(delta, frozen, own.Logits, b.Y, o.Mix)
		})
	})
	c.Keep(name, phi)
}

// onTop is ℓ_G + ℓ(φ_k).
func (o Residual) onTop(c *fed.Client, shared fed.Message, name string, global fed.Model) fed.Model {
	return append(slices.Clip(global), c.Own(name, o.Branch(c, shared["phi"])))
}

// times is how often a client fits its branch that is asked in so many rounds.
func (o Residual) times(rounds int) int {
	if o.Rounds > 0 {
		return o.Rounds
	}
	return rounds
}
