// Package generic holds methods of federated learning at large, which know nothing of tails or personal models.
package generic

import (
	"errors"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Local trains every client alone: the same optimizer and steps as FedAvg, nothing is averaged. Its global figures
// are the mean over the clients' own models on the whole test set.
type Local struct {
	frame.Training
	frame.Carrying
	frame.Diagnosis
	frame.Start
}

// NewLocal is local training with its defaults for a module.
func NewLocal(m peft.Entry) *Local {
	return &Local{Training: frame.Defaults(m), Start: frame.Start{From: "initial"}}
}

// Validate reports the first option out of range.
func (m Local) Validate() error { return errors.Join(m.Training.Validate(), m.Start.Validate()) }

// Stages are  fit: φ_k ← SGD(φ_k; L_task).
func (m Local) Stages() fed.Stages { return fed.Stages{"fit": m.fit} }

func (m Local) fit(c *fed.Client, q fed.Message) fed.Message {
	phi := c.Kept("phi", m.Branch(c, c.Initial()))
	answer := m.Learn(c, q, phi, m.Task(c))
	c.Keep("phi", phi)
	return answer
}

// Round only asks. Clients know where they start: nothing is sent but momentum, where that is handed on.
func (m Local) Round(r *fed.Round) error {
	ask := m.Ask(r, "fit")
	question := ask.Question
	ask.Question = func(k int) fed.Message {
		if question == nil {
			return nil
		}
		return question(k).With("phi", nil)
	}
	return r.Ask(ask)
}

// Global is no model.
func (m Local) Global(fed.Message) fed.Model { return nil }

// Personal is ℓ(φ_k).
func (m Local) Personal(c *fed.Client, shared fed.Message) fed.Model {
	return fed.Model{c.Own("phi", m.Branch(c, shared["phi"]))}
}

// Adapt trains from scratch.
func (m Local) Adapt(rounds int) (stage string, times int) { return "fit", rounds }
