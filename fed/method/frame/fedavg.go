package frame

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train/peft"
)

// FedAvg is federated averaging (McMahan et al., AISTATS 2017) of a module on frozen features: every client of the
// cohort runs SGD on the task loss, the server averages by sample count. With the gate module it is FedCLIP in
// FedPuReL's frame. A client's personal model is its own copy as it stood before averaging.
type FedAvg struct {
	fed.Simple
	Training
	Carrying
	Diagnosis
}

// NewFedAvg is FedAvg with its defaults for a module.
func NewFedAvg(m peft.Entry) *FedAvg { return &FedAvg{Training: Defaults(m)} }

// Stages are  fit: φ_k ← SGD(φ; L_task).
func (m FedAvg) Stages() fed.Stages { return fed.Stages{"fit": m.fit} }

func (m FedAvg) fit(c *fed.Client, q fed.Message) fed.Message { return m.Descend(c, q, m.Task(c)) }

// Round performs  φ ← Σ_k (n_k/n) φ_k.
func (m FedAvg) Round(r *fed.Round) error { return Average(r, m.Ask(r, "fit")) }

// Adapt fits the client's copy of the global parameters, once: the others' copies begin anew in every round, too.
func (m FedAvg) Adapt(int) (stage string, times int) { return "fit", 1 }
