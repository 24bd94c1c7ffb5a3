package method

import "github.com/fedpurel/fedpurel/fed"

// FedAvg is federated averaging (McMahan et al., AISTATS 2017) of a module on frozen features: every client of the
// cohort runs one epoch of SGD on the cross-entropy, the server averages by sample count. With the gate module it is
// FedCLIP in FedPuReL's frame. A client's personal model is its own copy as it stood before averaging. It reads
// Batching, SGD, CarryMomentum, Adjust and Diagnose.
type FedAvg struct{ Options }

// Round performs, for k ∈ S:  φ_k ← SGD(φ_g; L_task),  then  φ_g ← Σ_k (n_k/n) φ_k.
func (m FedAvg) Round(r *fed.Round) error {
	return m.average(r, func(c *fed.Client) ([]float32, error) {
		phi := c.Global()
		if err := m.descend(r, c, phi, false); err != nil {
			return nil, err
		}
		return phi, c.Keep(phi)
	})
}
