package method

import "github.com/fedpurel/fedpurel/fed"

// Local trains every client alone: the same optimizer and steps as FedAvg, nothing is averaged. Its global figures
// are the mean over the clients' own models on the whole test set.
type Local struct{ Options }

// Round performs, for k ∈ S:  φ_k ← SGD(φ_k; L_task).
func (m Local) Round(r *fed.Round) error {
	each := fed.Map[struct{}]
	if m.CarryMomentum {
		each = fed.InOrder[struct{}]
	}
	_, err := each(r, func(c *fed.Client) (struct{}, error) {
		phi, err := c.Personal()
		if err == nil {
			err = m.descend(r, c, phi, false)
		}
		if err == nil {
			err = c.Keep(phi)
		}
		return struct{}{}, err
	})
	return err
}
