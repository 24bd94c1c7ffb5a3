package method

import (
	"errors"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// FedPuReL is federated learning with purified gradients and personal residuals (CVPR 2026, arXiv 2605.02247).
//
// Stage 1 fits the global module. On every mini-batch the gradient g of the task loss is compared, tensor by tensor,
// with the gradient a of the alignment loss to the zero-shot prediction; where they disagree, the component of g
// along a is removed. Stage 2 freezes the global module and fits each client's own branch as a residual on top.
//
// The stages alternate in every round, as in the authors' release, or follow each other, as in the paper's algorithm
// box, if there are personal rounds.
type FedPuReL struct {
	fed.Simple
	Training
	Carrying
	Purify
	Residual
}

// Residual are the options of the personal stage.
type Residual struct {
	Start
	LR     float64 `json:"personal_lr" usage:"learning rate of the personal residual"`
	Mix    float64 `json:"mix" usage:"weight α of the personal loss in stage 2; the fused loss has 1−α"`
	Rounds int     `json:"personal_rounds" usage:"personal rounds after the last global one; 0: in every round"`
}

// NewFedPuReL is FedPuReL with its defaults for a module: TKL, tensor by tensor, interleaved stages.
func NewFedPuReL(m peft.Entry) *FedPuReL {
	return &FedPuReL{
		Training: training(m), Purify: Purify{Align: "tkl", Lambda: 1, Scope: "tensor"},
		Residual: Residual{Start: Start{"initial"}, LR: m.PersonalLR, Mix: 0.9},
	}
}

// Validate reports the first option out of range.
func (m FedPuReL) Validate() error {
	return errors.Join(m.Training.Validate(), m.Purify.Validate(), m.Residual.Validate())
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

// ExtraRounds are the personal rounds.
func (m FedPuReL) ExtraRounds() int { return m.Residual.Rounds }

// Stages are
//
//	purify:    on each batch  g = ∂L_task/∂φ,  a = ∂L_align/∂φ,
//	           g ← g − λ ⟨g,a⟩/‖a‖² a  per tensor with ⟨g,a⟩ < 0,  φ ← SGD(φ, g)
//	residual:  on each batch  φ_k ← φ_k − η ∂/∂φ_k [ α CE(ℓ_P) + (1−α) CE(ℓ_G + ℓ_P) ]
func (m FedPuReL) Stages() fed.Stages { return fed.Stages{"purify": m.purify, "residual": m.residual} }

func (m FedPuReL) purify(c *fed.Client, q fed.Message) fed.Message {
	phi := c.Copy(q["phi"])
	return m.learn(c, q, phi, m.purified(c)).With("phi", phi)
}

func (m FedPuReL) residual(c *fed.Client, q fed.Message) fed.Message {
	phi := c.Kept("phi", m.start(c, q["phi"]))
	plain := train.SGD{LR: m.Residual.LR}.New(len(phi))
	c.Descend(m.pass(stage2), phi, plain, func(phi []float32, b *fed.Batch) *train.Gradient {
		global, own := b.Eval(q["phi"]), b.At(phi)
		return own.Gradient("loss_personal", func(delta f32.Matrix) float64 {
			return train.Fused(delta, global, own.Logits, b.Y, m.Mix)
		})
	})
	c.Keep("phi", phi)
	return nil
}

// Round performs  φ ← Σ_k (n_k/n) φ_k  over the answers of purify, and asks for residual: in every round, or in the
// extra ones.
func (m FedPuReL) Round(r *fed.Round) error {
	if !r.Extra() {
		if err := average(r, m.ask(r, "purify")); err != nil {
			return err
		}
		if m.ExtraRounds() > 0 {
			return nil
		}
	}
	return r.Ask(fed.Ask{Stage: "residual"})
}

// Personal is ℓ(φ) + ℓ(φ_k).
func (m FedPuReL) Personal(c *fed.Client, shared fed.Message) fed.Model {
	return fed.Model{fed.Of(shared["phi"]), c.Own("phi", m.start(c, shared["phi"]))}
}
