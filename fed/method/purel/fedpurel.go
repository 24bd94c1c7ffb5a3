// Package purel is FedPuReL, and its second stage for other methods to wear.
package purel

import (
	"errors"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
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
	frame.Training
	frame.Carrying
	frame.Purify
	Residual
}

// NewFedPuReL is FedPuReL with its defaults for a module: TKL, tensor by tensor, interleaved stages.
func NewFedPuReL(m peft.Entry) *FedPuReL {
	return &FedPuReL{
		Training: frame.Defaults(m), Purify: frame.Purify{Align: "tkl", Lambda: 1, Scope: "tensor"},
		Residual: *NewResidual(m),
	}
}

// Validate reports the first option out of range.
func (m FedPuReL) Validate() error {
	return errors.Join(m.Training.Validate(), m.Purify.Validate(), m.Residual.Validate())
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
	return m.Learn(c, q, phi, m.Rule(c)).With("phi", phi)
}

func (m FedPuReL) residual(c *fed.Client, q fed.Message) fed.Message {
	m.fit(c, q, m.Pass(frame.Second), own, m.Global(q))
	return nil
}

// Round performs  φ ← Σ_k (n_k/n) φ_k  over the answers of purify, and asks for residual: in every round, or in the
// extra ones.
func (m FedPuReL) Round(r *fed.Round) error {
	if !r.Extra() {
		if err := frame.Average(r, m.Ask(r, "purify")); err != nil {
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
	return m.onTop(c, shared, own, m.Global(shared))
}

// Adapt fits the residual: in personal rounds, where there are such, all clients take part.
func (m FedPuReL) Adapt(rounds int) (stage string, times int) { return "residual", m.times(rounds) }

// own is the name under which a client keeps its branch φ_k.
const own = "phi"
