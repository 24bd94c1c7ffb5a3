package method

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train"
)

// FedAvg is federated averaging (McMahan et al., AISTATS 2017) of a module on frozen features: every client of the
// cohort runs one epoch of SGD on the cross-entropy, the server averages by sample count. With the gate module it is
// FedCLIP in FedPuReL's frame. A client's personal model is its own copy as it stood before averaging.
type FedAvg struct{ Options }

// Round performs, for k ∈ S:  φ_k ← SGD(φ_g; L_task),  then  φ_g ← Σ_k (n_k/n) φ_k.
func (m FedAvg) Round(r *fed.Round) error {
	local, err := fed.Map(r, func(c *fed.Client) ([]float32, error) {
		phi := c.Global()
		err := m.descend(r, c, phi)
		c.Keep(phi)
		return phi, err
	})
	if err != nil {
		return err
	}
	return r.Average(local)
}

// descend is one epoch of SGD on L_task from phi, in place.
func (m Options) descend(r *fed.Round, c *fed.Client, phi []float32) error {
	opt, g := m.SGD.New(len(phi)), make([]float32, len(phi))
	for b := range c.Batches(m.Batch, stage1) {
		logits, cache := r.Module.Forward(phi, b.X)
		clear(g)
		if !c.Loss("loss_task", train.CrossEntropy(logits, logits, b.Y)) { // logits become ∂L/∂ℓ
			break
		}
		r.Module.Backward(g, phi, cache, logits)
		opt.Step(phi, g)
	}
	return c.Err(phi)
}
