package method

import (
	"math"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
)

// The stages of a round, as coordinates of the batch order.
const (
	stage1 uint64 = 1
	stage2 uint64 = 2
)

// average runs stage 1 on the cohort, at once or one client after the other if they hand on the momentum, and averages what it gives.
func (o Options) average(r *fed.Round, f func(*fed.Client) ([]float32, error)) error {
	if o.CarryMomentum {
		return fed.AverageInOrder(r, f)
	}
	return fed.Average(r, f)
}

// optimizer returns a client's optimizer of stage 1, at rest or with the momentum of the client before.
func (o Options) optimizer(r *fed.Round, c *fed.Client, n int) *train.SGDState {
	switch {
	case o.SGD.Momentum == 0:
		return o.SGD.Continue(nil)
	case !o.CarryMomentum:
		return o.SGD.Continue(c.Memory.Zeros(n))
	}
	if r.State.Server["momentum"] == nil {
		r.State.Server["momentum"] = make([]float32, n)
	}
	return o.SGD.Continue(r.State.Server["momentum"])
}

// descend is one epoch of SGD on L_task from phi, in place. With purify,
//
//	on each batch:  g = ∂L_task/∂φ,  a = ∂L_align/∂φ,  g ← g − λ ⟨g,a⟩/‖a‖² a  per tensor with ⟨g,a⟩ < 0,  φ ← SGD(φ, g)
//
// and without, a is computed only to be looked at, if at all.
func (o Options) descend(r *fed.Round, c *fed.Client, phi []float32, purify bool) error {
	opt, g, task := o.optimizer(r, c, len(phi)), train.NewGradient(r.Module, c.Memory), o.task(r, c)
	align, purifier, watch := o.align(), train.Purifier{Lambda: o.Purify.Lambda, Whole: o.Purify.Scope == "global"}, purify || o.Diagnose
	var a *train.Gradient
	if watch {
		a = train.NewGradient(r.Module, c.Memory)
	}
	if !purify {
		purifier.Lambda = 0
	}
	angles := g.Layout.Names()
	for i, name := range angles {
		angles[i] = "angle/" + name
	}
	for b := range c.Batches(o.Batching, stage1) {
		logits, cache := c.Forward(phi, b)
		delta := c.Batch.Matrix(logits.Rows, logits.Cols)
		if watch {
			teacher, err := c.Teacher(b)
			if err != nil {
				return err
			}
			alignLoss := align(delta, logits, teacher)
			a.Backward(c.Batch, phi, cache, delta) // a = ∂L_align/∂φ
			if !c.Loss("loss_align", alignLoss) {
				break
			}
		}
		taskLoss := task(delta, logits, b.Y)
		g.Backward(c.Batch, phi, cache, delta) // g = ∂L_task/∂φ
		if !c.Loss("loss_task", taskLoss) {
			break
		}
		if watch {
			observe(c, angles, purifier.Purify(g, a))
		}
		opt.Step(phi, g)
	}
	return c.Err(phi)
}

// task returns L_task: the cross-entropy, with the logits adjusted by the class shares if the options say so.
func (o Options) task(r *fed.Round, c *fed.Client) func(dlogits, logits f32.Matrix, y []int32) float64 {
	if o.Adjust.Tau == 0 {
		return train.CrossEntropy
	}
	owners := r.Shards
	if o.Adjust.Prior == "local" {
		owners = r.Shards[c.ID : c.ID+1]
	}
	counts, total := make([]int, r.Head.Text.Rows), 0
	for _, s := range owners {
		for _, row := range s.Train {
			counts[r.Train.Labels()[row]]++
			total++
		}
	}
	adjust := make([]float32, len(counts))
	for i, n := range counts {
		adjust[i] = float32(o.Adjust.Tau * math.Log(math.Max(float64(n)/float64(total), 1e-12)))
	}
	return func(dlogits, logits f32.Matrix, y []int32) float64 {
		return train.AdjustedCrossEntropy(dlogits, logits, y, adjust)
	}
}

// observe records what the purification did: the angle between g and a, whole and tensor by tensor, the share of
// tensors that disagreed, what is left of the gradient.
func observe(c *fed.Client, angles []string, s *train.PurifyStats) {
	degrees := func(cosine float64) float64 { return math.Acos(cosine) * 180 / math.Pi }
	c.Observe("angle", degrees(s.Cosine))
	for i, name := range angles {
		c.Observe(name, degrees(s.Cosines[i]))
	}
	if s.Tensors > 0 {
		c.Observe("projected", float64(s.Projected)/float64(s.Tensors))
	}
	if s.NormBefore > 0 {
		c.Observe("norm_ratio", s.NormAfter/s.NormBefore)
	}
}
