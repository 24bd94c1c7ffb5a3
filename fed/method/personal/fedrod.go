package personal

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// FedRoD (Chen and Chao, ICLR 2022) parts what suits everybody from what suits one client by two heads on one body.
// Body and W are averaged, and trained by balanced softmax with the client's own class shares π_k; its second head h,
// which it never sends, learns what is left by plain cross-entropy on top. It is the nearest relative of FedPuReL's
// residual. Both losses are the method's own: it wears no other.
//
// The authors' repository holds no code; this follows PFLlib and Yutong-Dai/FedNH. A class that the client lacks has
// the share 10⁻¹², where PFLlib has log 0. h starts as a copy of W as it is before training. The paper's variant that
// makes h of the class counts by a network of its own is not here.
type FedRoD struct {
	fed.Simple
	frame.Training
	frame.Carrying
}

// NewFedRoD is FedRoD with its defaults for a module.
func NewFedRoD(m peft.Entry) *FedRoD { return &FedRoD{Training: frame.Defaults(m)} }

// Fits reports a module without a trainable head.
func (m FedRoD) Fits(module peft.Module) error {
	if _, is := module.(peft.Headed); !is {
		return fault.Usagef("method: FedRoD needs a module with a trainable head, linear or one that ends in -head")
	}
	return nil
}

// Stages are
//
//	fit:   on each batch  h ← SGD(h; CE(ℓ_g + ℓ_h)),  (body, W) ← SGD((body, W); CE(ℓ_g + log π_k))
//	head:  h alone, for a client that never took part
//
// with logits ℓ_g of (body, W), and ℓ_h of h on the body's features, both as they are before the batch's steps. For h,
// ℓ_g and the features are constants.
func (m FedRoD) Stages() fed.Stages { return fed.Stages{"fit": m.fit, "head": m.head} }

func (m FedRoD) fit(c *fed.Client, q fed.Message) fed.Message {
	h, phi := c.Kept("head", classifier(c, c.Initial())), c.Copy(q["phi"])
	own, balanced := m.SGD().New(len(h)), train.BalancedSoftmax(c.Counts())
	answer := m.Learn(c, q, phi, func(phi []float32, b *fed.Batch) *train.Gradient {
		global := b.At(phi)
		own.Step(h, rest(h, b, global))
		return global.Gradient("loss_task", func(delta f32.Matrix) float64 {
			return balanced(delta, global.Logits, b.Y)
		})
	})
	c.Keep("head", h)
	return answer.With("phi", phi)
}

func (m FedRoD) head(c *fed.Client, q fed.Message) fed.Message {
	h := c.Kept("head", classifier(c, c.Initial()))
	own := m.SGD().New(len(h))
	for b := range c.Batches(m.Pass(frame.First)) {
		own.Step(h, rest(h, b, b.At(q["phi"])))
	}
	c.Keep("head", h)
	return nil
}

// classifier is the head in phi.
func classifier(c *fed.Client, phi []float32) []float32 {
	return c.Module().(peft.Headed).Head().Take(phi)
}

// rest is ∂/∂h CE(ℓ_g + ℓ_h).
func rest(h []float32, b *fed.Batch, global *fed.Point) *train.Gradient {
	own := global.Head(h)
	return own.Gradient("loss_personal", func(delta f32.Matrix) float64 {
		return train.Fused(delta, global.Logits, own.Logits, b.Y, 0)
	})
}

// Round performs  (body, W) ← Σ_k (n_k/n) (body, W)_k.
func (m FedRoD) Round(r *fed.Round) error { return frame.Average(r, m.Ask(r, "fit")) }

// Personal is ℓ(body, W) + ℓ(body, h).
func (m FedRoD) Personal(c *fed.Client, shared fed.Message) fed.Model {
	with := c.Copy(shared["phi"])
	c.Module().(peft.Headed).Head().Put(with, c.Kept("head", classifier(c, c.Initial())))
	return fed.Model{fed.Of(shared["phi"]), fed.Of(with)}
}

// Adapt fits h under the global body and W.
func (m FedRoD) Adapt(rounds int) (stage string, times int) { return "head", rounds }
