package personal

import (
	"errors"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// FedRep (Collins et al., ICML 2021) shares and keeps what FedPer does, but a client first fits its head under the
// body that it was sent, and then the body under that head: the authors' five epochs are four of the head and one of
// the body.
//
// Three things of the release (lgcollins/FedRep) are not done here. In the end it fits every client's head for ten
// epochs more: figures with them are not of the same budget as the other methods'. Its own SGD has momentum 0.5 and
// decays weights by 0.0001, biases not at all: here both phases run the frame's. And in one optimizer for both phases
// what stands still may drift on with its momentum: here every phase begins at rest.
type FedRep struct {
	FedPer
	HeadEpochs int `json:"head_epochs" usage:"times through a client's samples for its head, before --epochs"`
}

// NewFedRep is FedRep with its defaults for a module.
func NewFedRep(m peft.Entry) *FedRep { return &FedRep{FedPer: *NewFedPer(m), HeadEpochs: 4} }

// Validate reports the first option out of range.
func (m FedRep) Validate() error {
	err := m.FedPer.Validate()
	if m.HeadEpochs < 1 {
		err = errors.Join(err, fault.Usagef("method: head epochs %d must be at least 1", m.HeadEpochs))
	}
	return err
}

// Stages are
//
//	fit:   h_k ← SGD(h_k; L_task(body, h_k)),  then  body ← SGD(body; L_task(body, h_k))
//	head:  the first half alone, for a client that never took part
func (m FedRep) Stages() fed.Stages { return fed.Stages{"fit": m.fit, "head": m.head} }

func (m FedRep) fit(c *fed.Client, q fed.Message) fed.Message {
	phi, answer := m.Mixed(c, q["phi"]), fed.Message{}
	m.fitHead(c, phi, m.ofHead())
	body := m.Pass(frame.First)
	body.Only = m.Averaged(c.Module())
	c.Descend(body, phi, m.Optimizer(c, q, answer, len(phi)), m.Task(c))
	return m.Answer(c, answer, phi)
}

func (m FedRep) head(c *fed.Client, q fed.Message) fed.Message {
	m.fitHead(c, m.Mixed(c, q["phi"]), m.ofHead())
	return nil
}

// ofHead is the way through a client's samples for its head.
func (m FedRep) ofHead() fed.Pass {
	pass := m.Pass(frame.Second)
	pass.Epochs = m.HeadEpochs
	return pass
}
