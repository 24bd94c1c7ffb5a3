package method

import (
	"math"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train"
)

// FedPuReL is federated learning with purified gradients and personal residuals (CVPR 2026, arXiv 2605.02247).
//
// Stage 1 fits the global module. On every mini-batch the gradient g of the task loss is compared, tensor by tensor,
// with the gradient a of the alignment loss to the zero-shot prediction; where they disagree, the component of g
// along a is removed. Stage 2 freezes the new global module and fits each client's own branch as a residual on top.
//
// Ours is the paper's text without the release's leaks: momentum starts at zero on every client, stage 2 mixes both
// losses for every module, the stages alternate every round, and only the cohort takes part.
type FedPuReL struct{ Options }

// Round performs
//
//	for k ∈ S:  φ ← φ_g;  on each batch:  g = ∂L_task/∂φ,  a = ∂L_align/∂φ,
//	            g ← g − λ ⟨g,a⟩/‖a‖² a  per tensor with ⟨g,a⟩ < 0;  φ ← SGD(φ, g)
//	φ_g ← Σ_k (n_k/n) φ
//	for k ∈ S:  on each batch:  φ_k ← φ_k − η ∂/∂φ_k [ α CE(ℓ_P) + (1−α) CE(ℓ_G + ℓ_P) ]
func (m FedPuReL) Round(r *fed.Round) error {
	purified, err := fed.Map(r, func(c *fed.Client) ([]float32, error) { return m.purify(r, c) })
	if err != nil {
		return err
	}
	if err := r.Average(purified); err != nil {
		return err
	}
	_, err = fed.Map(r, func(c *fed.Client) (struct{}, error) { return struct{}{}, m.residual(r, c) })
	return err
}

// purify is stage 1 on one client: an epoch of SGD on purified gradients, from the global parameters.
func (m FedPuReL) purify(r *fed.Round, c *fed.Client) ([]float32, error) {
	phi, layout, align := c.Global(), r.Module.Layout(), m.align()
	opt, g, a := m.SGD.New(len(phi)), make([]float32, len(phi)), make([]float32, len(phi))
	for b := range c.Batches(m.Batch, stage1) {
		logits, cache := r.Module.Forward(phi, b.X)
		delta := m.scratch(logits)

		clear(a)
		alignLoss := align(delta, logits, b.Z)
		r.Module.Backward(a, phi, cache, delta) // a = ∂L_align/∂φ

		clear(g)
		taskLoss := train.CrossEntropy(delta, logits, b.Y)
		r.Module.Backward(g, phi, cache, delta) // g = ∂L_task/∂φ

		if !c.Loss("loss_align", alignLoss) || !c.Loss("loss_task", taskLoss) {
			break
		}
		observe(c, train.Purify(g, a, layout, m.Lambda))
		opt.Step(phi, g)
	}
	return phi, c.Err(phi)
}

// residual is stage 2 on one client: an epoch of plain SGD on its own branch, the global module frozen.
func (m FedPuReL) residual(r *fed.Round, c *fed.Client) error {
	phi, frozen := c.Personal(), c.Frozen()
	opt, g := m.Residual.New(len(phi)), make([]float32, len(phi))
	for b := range c.Batches(m.Batch, stage2) {
		global, _ := r.Module.Forward(frozen, b.X)
		personal, cache := r.Module.Forward(phi, b.X)
		delta := m.scratch(personal)
		clear(g)
		if !c.Loss("loss_personal", train.Fused(delta, global, personal, b.Y, m.Mix)) {
			break
		}
		r.Module.Backward(g, phi, cache, delta)
		opt.Step(phi, g)
	}
	c.Keep(phi)
	return c.Err(phi)
}

// observe records what the purification did: the angle between g and a, how many tensors were projected, what is
// left of the gradient.
func observe(c *fed.Client, s train.PurifyStats) {
	if s.Tensors > 0 {
		c.Observe("angle", math.Acos(max(-1, min(1, s.Cosine)))*180/math.Pi)
		c.Observe("projected", float64(s.Projected)/float64(s.Tensors))
	}
	if s.NormBefore > 0 {
		c.Observe("norm_ratio", s.NormAfter/s.NormBefore)
	}
}
