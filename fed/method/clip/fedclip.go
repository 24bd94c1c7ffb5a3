// Package clip holds methods that train as CLIP itself was trained.
package clip

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// FedCLIP is FedCLIP (Lu et al., 2023) by its own recipe: clients train an attention gate on CLIP's features by the
// loss that CLIP was trained with, on the images of a batch and the texts of their classes, with Adam, and the server
// takes the plain mean. What the paper of FedPuReL calls FedCLIP keeps the gate alone: that is FedAvg of the module
// gate, by cross-entropy over all classes, SGD, and a mean weighted by samples. Here the method is the loss and the
// optimizer; any module can be trained so.
//
// As in the release (microsoft/PersonalizedFL), moments begin at zero in every round, and a batch of one image, which
// has no loss, is no step.
type FedCLIP struct {
	fed.Simple
	frame.Training
}

// Adam's second moment, and what keeps it from zero, are the release's.
const (
	beta2   = 0.98
	epsilon = 1e-6
)

// NewFedCLIP is FedCLIP with its defaults, which are the same for every module. Momentum is Adam's β₁.
func NewFedCLIP(m peft.Entry) *FedCLIP {
	training := frame.Defaults(m)
	training.LR, training.Momentum, training.WeightDecay = 5e-5, 0.9, 0.2
	return &FedCLIP{Training: training}
}

// Stages are  fit: φ_k ← Adam(φ; L),  L on the batch's images and the texts of their classes.
func (m FedCLIP) Stages() fed.Stages { return fed.Stages{"fit": m.fit} }

func (m FedCLIP) fit(c *fed.Client, q fed.Message) fed.Message {
	phi := c.Copy(q["phi"])
	adam := train.Adam{
		LR: m.Rate(c), Beta1: m.Momentum, Beta2: beta2, Epsilon: epsilon, WeightDecay: m.WeightDecay,
	}.New(len(phi))
	for b := range c.Batches(m.Pass(frame.First)) {
		if len(b.Y) == 1 {
			continue
		}
		at := b.At(phi)
		adam.Step(phi, at.Gradient("loss_task", func(delta f32.Matrix) float64 {
			return train.InBatch(delta, at.Logits, b.Y)
		}))
	}
	c.Keep("phi", phi)
	return fed.Message{"phi": phi}
}

// Round performs  φ ← mean φ_k.
func (m FedCLIP) Round(r *fed.Round) error {
	return frame.Average(r, fed.Ask{Stage: "fit", Weight: func(int) float64 { return 1 }})
}

// Adapt fits the client's copy of the global parameters, once.
func (m FedCLIP) Adapt(int) (stage string, times int) { return "fit", 1 }
