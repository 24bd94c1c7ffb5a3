package personal

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train/peft"
)

// FedPer (Arivazhagan et al., 2019) averages the body of the module and leaves every client a head of its own, started
// from the class texts; both are trained together. Heads are averaged too, for the global figures alone: the global
// model is the body with the mean of the clients' heads, which no client ever uses.
type FedPer struct {
	frame.FedAvg
	frame.Private
}

// NewFedPer is FedPer with its defaults for a module.
func NewFedPer(m peft.Entry) *FedPer {
	return &FedPer{FedAvg: *frame.NewFedAvg(m), Private: frame.Private{Names: "head"}}
}

// mixed are the global parameters with the client's own private part.
func (m FedPer) mixed(c *fed.Client, global []float32) []float32 {
	phi, private := c.Copy(global), m.Part(c.Module())
	private.Put(phi, c.Kept("private", private.Take(c.Initial())))
	return phi
}

// Stages are
//
//	fit:   (body, h_k) ← SGD((body, h_k); L_task)
//	head:  h_k ← SGD(h_k; L_task), for a client that never took part
func (m FedPer) Stages() fed.Stages { return fed.Stages{"fit": m.fit, "head": m.head} }

func (m FedPer) fit(c *fed.Client, q fed.Message) fed.Message {
	phi := m.mixed(c, q["phi"])
	answer := m.Learn(c, q, phi, m.Task(c))
	c.Keep("private", m.Part(c.Module()).Take(phi))
	return answer.With("phi", phi)
}

func (m FedPer) head(c *fed.Client, q fed.Message) fed.Message {
	phi, pass := m.mixed(c, q["phi"]), m.Pass(frame.First)
	pass.Only = m.Part(c.Module())
	c.Descend(pass, phi, m.SGD().New(len(phi)), m.Task(c))
	c.Keep("private", pass.Only.Take(phi))
	return nil
}

// Personal is ℓ(body, h_k).
func (m FedPer) Personal(c *fed.Client, shared fed.Message) fed.Model {
	return fed.Model{fed.Of(m.mixed(c, shared["phi"]))}
}

// Adapt fits the client's head under the global body.
func (m FedPer) Adapt(rounds int) (stage string, times int) { return "head", rounds }
