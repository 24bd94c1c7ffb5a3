package generic

import (
	"errors"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/peft"
)

// FedProx (Li et al., MLSys 2020) keeps clients near the model that they were sent: L_task + μ/2 ‖φ − φ_g‖². Its
// authors run plain SGD and search μ in {0.001, 0.01, 0.1, 1}.
type FedProx struct {
	frame.FedAvg
	Mu float64 `json:"mu" usage:"weight μ of the distance to the global model in the loss"`
}

// NewFedProx is FedProx with its defaults for a module.
func NewFedProx(m peft.Entry) *FedProx { return &FedProx{FedAvg: *frame.NewFedAvg(m), Mu: 0.01} }

// Validate reports the first option out of range.
func (m FedProx) Validate() error {
	return errors.Join(m.FedAvg.Validate(), frame.NotNegative("mu", m.Mu))
}

// Stages are  fit: on each batch  g = ∂L_task/∂φ + μ (φ − φ_g),  φ ← SGD(φ, g).
func (m FedProx) Stages() fed.Stages { return fed.Stages{"fit": m.fit} }

func (m FedProx) fit(c *fed.Client, q fed.Message) fed.Message {
	task := m.Task(c)
	return m.Descend(c, q, func(phi []float32, b *fed.Batch) *train.Gradient {
		g := task(phi, b)
		g.Add(m.Mu, phi)
		g.Add(-m.Mu, q["phi"])
		return g
	})
}
