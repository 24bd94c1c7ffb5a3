// Package lowrank holds methods that treat the factors A and B of a low-rank update each by itself.
package lowrank

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train/peft"
)

// fits reports a module without low-rank updates.
func fits(module peft.Module) error {
	return frame.Needs(module, "a low-rank update, γ B A", func(m peft.Module) bool {
		return len(peft.UpdatesOf(m)) > 0
	})
}

// FedSA is FedSA-LoRA (Guo et al., ICLR 2025): both factors of every low-rank update are trained, A is averaged, and B
// stays with the client, as does the head, where the module has one. The global model, a convention, has the mean of
// the clients' B; no client ever uses it.
//
// The release (Pengxin-Guo/FedSA-LoRA) adapts the attention of a language model, with r = 8, α = 16, which are the
// modules' defaults, and dropout 0.05, which is --dropout; it knows no global model.
type FedSA struct {
	frame.FedAvg
	frame.Private
}

// NewFedSA is FedSA-LoRA with its defaults for a module.
func NewFedSA(m peft.Entry) *FedSA {
	return &FedSA{FedAvg: *frame.NewFedAvg(m), Private: frame.Private{Names: "B, head"}}
}

// Fits reports a module without low-rank updates, or that lacks what is to be private.
func (m FedSA) Fits(module peft.Module) error {
	if err := fits(module); err != nil {
		return err
	}
	return m.Private.Fits(module)
}

// Stages are
//
//	fit:  (A, B_k) ← SGD((A, B_k); L_task)
//	own:  B_k ← SGD(B_k; L_task), for a client that never took part
func (m FedSA) Stages() fed.Stages { return fed.Stages{"fit": m.fit, "own": m.own} }

func (m FedSA) fit(c *fed.Client, q fed.Message) fed.Message {
	phi := m.Mixed(c, q["phi"])
	return m.Answer(c, m.Learn(c, q, phi, m.Task(c)), phi)
}

func (m FedSA) own(c *fed.Client, q fed.Message) fed.Message {
	m.Fit(c, m.Mixed(c, q["phi"]), m.Pass(frame.First), m.Part(c.Module()), "private", m.Task(c))
	return nil
}

// Round performs  A ← Σ_k (n_k/n) A_k.
func (m FedSA) Round(r *fed.Round) error { return m.Average(r, m.Ask(r, "fit")) }

// Personal is ℓ(A, B_k).
func (m FedSA) Personal(c *fed.Client, shared fed.Message) fed.Model {
	return m.Private.Personal(c, shared)
}

// Adapt fits the client's B under the global A.
func (m FedSA) Adapt(rounds int) (stage string, times int) { return "own", rounds }
