// Package frame is what federated methods share: how a client fits the module, how the server averages, and the options
// for both. FedAvg is the frame with nothing added. A method embeds what it needs; the table of methods is in package
// method.
package frame

import (
	"maps"
	"slices"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// The passes of a round, as coordinates of the batch order.
const (
	First  uint64 = 1 // all that a method does with the shared parameters
	Second uint64 = 2 // what it does for the client alone, where that sees other batches
)

// Training is how a client fits the module: SGD on mini-batches.
type Training struct {
	LR          float64 `json:"lr" usage:"learning rate of the global module"`
	Momentum    float64 `json:"momentum" usage:"momentum of the global stage"`
	WeightDecay float64 `json:"weight_decay" usage:"weight decay of the global stage"`
	Batch       int     `json:"batch" usage:"mini-batch size"`
	DropLast    bool    `json:"drop_last" usage:"leave out a client's last batch if it is not full"`
	Epochs      int     `json:"epochs" usage:"times that a client goes through its samples in a round"`
	Schedule    string  `json:"schedule" usage:"rate of the global module over rounds: constant or cosine (to 0)"`
}

// Defaults is Training as it is by default.
func Defaults(m peft.Entry) Training {
	return Training{LR: m.LR, Momentum: 0.9, WeightDecay: 5e-4, Batch: 32, Epochs: 1, Schedule: "constant"}
}

// Plain is Training by plain SGD, for methods whose mathematics is that of single steps.
func Plain(m peft.Entry) Training {
	t := Defaults(m)
	t.Momentum, t.WeightDecay = 0, 0
	return t
}

// Validate reports the first option out of range.
func (t Training) Validate() error {
	switch {
	case t.Batch < 1:
		return fault.Usagef("method: batch size %d must be at least 1", t.Batch)
	case t.Epochs < 1:
		return fault.Usagef("method: epochs %d must be at least 1", t.Epochs)
	case !(t.LR >= 0):
		return fault.Usagef("method: learning rate %v must not be negative", t.LR)
	case !(t.Momentum >= 0 && t.Momentum < 1):
		return fault.Usagef("method: momentum %v must lie in [0,1)", t.Momentum)
	case !(t.WeightDecay >= 0):
		return fault.Usagef("method: weight decay %v must not be negative", t.WeightDecay)
	case schedules[t.Schedule] == nil:
		return fault.Unknown("method: unknown schedule", t.Schedule, slices.Sorted(maps.Keys(schedules)))
	}
	return nil
}

// Pass is the way through a client's samples in a stage.
func (t Training) Pass(stage uint64) fed.Pass {
	return fed.Pass{Stage: stage, Batching: fed.Batching{Size: t.Batch, DropLast: t.DropLast}, Epochs: t.Epochs}
}

// SGD is the optimizer that the options say, at the rate itself, whatever the schedule.
func (t Training) SGD() train.SGD {
	return train.SGD{LR: t.LR, Momentum: t.Momentum, WeightDecay: t.WeightDecay}
}

// Rate is the learning rate of the round, by the schedule.
func (t Training) Rate(c *fed.Client) float64 { return t.LR * schedules[t.Schedule](c.Progress()) }

// Optimizer is a client's optimizer of stage 1, at the rate of the round: at rest, or with the momentum of the client
// before, if the question hands that on; then it is answered.
func (t Training) Optimizer(c *fed.Client, q, answer fed.Message, n int) *train.SGDState {
	sgd := t.SGD()
	sgd.LR = t.Rate(c)
	switch before := q["momentum"]; {
	case t.Momentum == 0:
		return sgd.Continue(nil)
	case before == nil:
		return sgd.Continue(c.Zeros(n))
	default:
		answer["momentum"] = c.Copy(before)
		return sgd.Continue(answer["momentum"])
	}
}

// Learn descends from phi, in place, by a rule. The answer holds what the optimizer hands on, if anything.
func (t Training) Learn(c *fed.Client, q fed.Message, phi []float32, rule fed.Rule) fed.Message {
	answer := fed.Message{}
	c.Descend(t.Pass(First), phi, t.Optimizer(c, q, answer, len(phi)), rule)
	return answer
}

// Fit descends on a part of phi alone, in place and at the rate itself, whatever the schedule; the client keeps that
// part under a name.
func (t Training) Fit(c *fed.Client, phi []float32, pass fed.Pass, part peft.Layout, name string, rule fed.Rule) {
	pass.Only = part
	c.Descend(pass, phi, t.SGD().New(len(phi)), rule)
	c.Keep(name, part.Take(phi))
}

// Descend learns from the global parameters in the question, keeps the result as the client's own, and answers with it.
func (t Training) Descend(c *fed.Client, q fed.Message, rule fed.Rule) fed.Message {
	phi := c.Copy(q["phi"])
	answer := t.Learn(c, q, phi, rule)
	c.Keep("phi", phi)
	return answer.With("phi", phi)
}

// Average performs φ ← Σ_k (n_k/n) φ_k over the answers to a question.
func Average(r *fed.Round, ask fed.Ask) error {
	mean, err := r.Average(ask, "phi")
	if err == nil {
		r.Shared["phi"] = mean["phi"]
	}
	return err
}

// Forget leaves out of an answer what its momentum says of a part that stays with the client.
func Forget(answer fed.Message, part peft.Layout) {
	if v := answer["momentum"]; v != nil {
		for _, t := range part {
			clear(t.Slice(v))
		}
	}
}

// Carrying hands the momentum of the global stage from client to client and from round to round, as the FedPuReL
// release does by accident. Clients then train one after the other.
type Carrying struct {
	Carry bool `json:"carry_momentum" usage:"hand the momentum of the global stage from client to client"`
}

// Ask is the question of a stage in which clients learn; where momentum is handed on, with that of the client before.
func (o Carrying) Ask(r *fed.Round, stage string) fed.Ask {
	a := fed.Ask{Stage: stage}
	if o.Carry {
		if r.Own["momentum"] == nil {
			r.Own["momentum"] = make([]float32, len(r.Shared["phi"]))
		}
		a.InOrder = true
		a.Question = func(int) fed.Message { return r.Shared.With("momentum", r.Own["momentum"]) }
		a.Fold = func(_ int, answer fed.Message) {
			if m := answer["momentum"]; m != nil {
				r.Own["momentum"] = slices.Clone(m)
			}
		}
	}
	return a
}
