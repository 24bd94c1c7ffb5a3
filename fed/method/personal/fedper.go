package personal

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train/peft"
)

// FedPer (Arivazhagan et al., 2019) averages the body of the module and leaves every client a head of its own, started
// from the class texts; both are trained together. The global model, a convention, is the body with the mean of the
// clients' heads, which no client ever uses.
type FedPer struct {
	frame.FedAvg
	frame.Private
}

// NewFedPer is FedPer with its defaults for a module.
func NewFedPer(m peft.Entry) *FedPer {
	return &FedPer{FedAvg: *frame.NewFedAvg(m), Private: frame.Private{Names: "head"}}
}

// Stages are
//
//	fit:   (body, h_k) ← SGD((body, h_k); L_task)
//	head:  h_k ← SGD(h_k; L_task), for a client that never took part
func (m FedPer) Stages() fed.Stages { return fed.Stages{"fit": m.fit, "head": m.head} }

func (m FedPer) fit(c *fed.Client, q fed.Message) fed.Message {
	phi := m.Mixed(c, q["phi"])
	return m.Answer(c, m.Learn(c, q, phi, m.Task(c)), phi)
}

func (m FedPer) head(c *fed.Client, q fed.Message) fed.Message {
	m.fitHead(c, m.Mixed(c, q["phi"]), m.Pass(frame.First))
	return nil
}

// fitHead fits the private part of phi alone, in place, and keeps it.
func (m FedPer) fitHead(c *fed.Client, phi []float32, pass fed.Pass) {
	m.Fit(c, phi, pass, m.Part(c.Module()), "private", m.Task(c))
}

// Round performs  body ← Σ_k (n_k/n) body_k.
func (m FedPer) Round(r *fed.Round) error { return m.Average(r, m.Ask(r, "fit")) }

// Personal is ℓ(body, h_k).
func (m FedPer) Personal(c *fed.Client, shared fed.Message) fed.Model {
	return m.Private.Personal(c, shared)
}

// Adapt fits the client's head under the global body.
func (m FedPer) Adapt(rounds int) (stage string, times int) { return "head", rounds }
