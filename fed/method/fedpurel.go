package method

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train"
)

// FedPuReL is federated learning with purified gradients and personal residuals (CVPR 2026, arXiv 2605.02247).
//
// Stage 1 fits the global module. On every mini-batch the gradient g of the task loss is compared, tensor by tensor,
// with the gradient a of the alignment loss to the zero-shot prediction; where they disagree, the component of g
// along a is removed. Stage 2 freezes the global module and fits each client's own branch as a residual on top.
//
// The stages alternate in every round, as in the authors' release, or follow each other, as in the paper's algorithm
// box, if Personal.After is set. It reads all options.
type FedPuReL struct{ Options }

// Round performs
//
//	for k ∈ S:  φ ← φ_g;  on each batch:  g = ∂L_task/∂φ,  a = ∂L_align/∂φ,
//	            g ← g − λ ⟨g,a⟩/‖a‖² a  per tensor with ⟨g,a⟩ < 0;  φ ← SGD(φ, g)
//	φ_g ← Σ_k (n_k/n) φ
//	for k ∈ S:  on each batch:  φ_k ← φ_k − η ∂/∂φ_k [ α CE(ℓ_P) + (1−α) CE(ℓ_G + ℓ_P) ]
func (m FedPuReL) Round(r *fed.Round) error {
	if m.Personal.After == 0 || r.Index < m.Personal.After {
		err := m.average(r, func(c *fed.Client) ([]float32, error) {
			phi := c.Global()
			return phi, m.descend(r, c, phi, true)
		})
		if err != nil {
			return err
		}
	}
	if r.Index < m.Personal.After {
		return nil
	}
	_, err := fed.Map(r, func(c *fed.Client) (struct{}, error) { return struct{}{}, m.residual(r, c) })
	return err
}

// residual is stage 2 on one client: an epoch of plain SGD on its own branch, the global module frozen.
func (m FedPuReL) residual(r *fed.Round, c *fed.Client) error {
	frozen := c.Frozen()
	phi, err := c.Personal()
	if err != nil {
		return err
	}
	opt, g := m.Personal.SGD.New(len(phi)), train.NewGradient(r.Module, c.Memory)
	for b := range c.Batches(m.Batching, stage2) {
		global, _ := r.Module.Forward(c.Batch, frozen, b.X)
		personal, cache := c.Forward(phi, b)
		delta := c.Batch.Matrix(personal.Rows, personal.Cols)
		if !c.Loss("loss_personal", train.Fused(delta, global, personal, b.Y, m.Personal.Mix)) {
			break
		}
		g.Backward(c.Batch, phi, cache, delta)
		opt.Step(phi, g)
	}
	if err := c.Err(phi); err != nil {
		return err
	}
	return c.Keep(phi)
}
