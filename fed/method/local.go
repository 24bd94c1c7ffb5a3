package method

import (
	"errors"

	"github.com/fedpurel/fedpurel/fed"
)

// Local trains every client alone: the same optimizer and steps as FedAvg, nothing is averaged. Its global figures
// are the mean over the clients' own models on the whole test set.
type Local struct {
	Training
	Carrying
	Diagnosis
	Start
}

// Validate reports the first option out of range.
func (m Local) Validate() error { return errors.Join(m.Training.Validate(), m.Start.Validate()) }

// Stages are  fit: φ_k ← SGD(φ_k; L_task).
func (m Local) Stages() fed.Stages { return fed.Stages{"fit": m.fit} }

func (m Local) fit(c *fed.Client, q fed.Message) fed.Message {
	phi := c.Kept("phi", m.start(c, q["phi"]))
	answer := m.learn(c, q, phi, m.task(c))
	c.Keep("phi", phi)
	return answer
}

// Round only asks.
func (m Local) Round(r *fed.Round) error { return r.Ask(m.ask(r, "fit")) }

// Global is no model.
func (m Local) Global(fed.Message) fed.Model { return nil }

// Personal is ℓ(φ_k).
func (m Local) Personal(c *fed.Client, shared fed.Message) fed.Model {
	return fed.Model{c.Own("phi", m.start(c, shared["phi"]))}
}
