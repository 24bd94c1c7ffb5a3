package personal

import (
	"errors"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// PFedMe is pFedMe (Dinh et al., NeurIPS 2020): a client's own model θ minimizes L_task(θ) + λ/2 ‖θ − w‖², roughly, by
// K steps on each batch, and its copy w of the global model then follows θ by a share ηλ of the distance, which is a
// step of rate η on the Moreau envelope of its loss. The server takes the mean of the w, or a step β towards it.
//
// As in the release (CharlieDinh/pFedMe), θ goes on from batch to batch, begins at w in every round, is decayed by
// 0.001, and clients count by their samples. Two things of it are not done here. There all clients train in every
// round, and the cohort says only who is averaged: here the others stand still. And a round has 20 batches, not an
// epoch.
//
// η and λ are the paper's. The rate η_p of θ's steps is the module's personal one: features of another scale need
// another one than the paper's 0.05 to 0.1.
type PFedMe struct {
	fed.Simple
	frame.Training
	frame.Diagnosis
	OwnLR   float64 `json:"personal_lr" usage:"learning rate of the personal residual, or model"`
	Lambda  float64 `json:"pfedme_lambda" usage:"weight λ of the distance of a client's own model to its copy"`
	Steps   int     `json:"pfedme_steps" usage:"steps K of a client's own model on each batch"`
	Beta    float64 `json:"pfedme_beta" usage:"the server's step β towards the clients' mean; 1 takes the mean"`
	Restart bool    `json:"pfedme_restart" usage:"its own model begins at the copy on each batch, not each round"`
}

// NewPFedMe is pFedMe with its defaults for a module; λ is searched in {5, 15, 30}.
func NewPFedMe(m peft.Entry) *PFedMe {
	training := frame.Plain(m)
	training.LR, training.WeightDecay = 0.005, 0.001
	return &PFedMe{Training: training, OwnLR: m.PersonalLR, Lambda: 15, Steps: 5, Beta: 1}
}

// Validate reports the first option out of range, or rates at which nothing settles.
func (m PFedMe) Validate() error {
	err := errors.Join(
		m.Training.Validate(), frame.NotNegative("personal learning rate", m.OwnLR),
		frame.NotNegative("weight of the distance to the copy", m.Lambda),
		frame.NotNegative("step towards the mean", m.Beta),
	)
	switch {
	case err != nil:
	case m.Steps < 1:
		err = fault.Usagef("method: %d steps of a client's own model must be at least 1", m.Steps)
	case m.OwnLR*m.Lambda >= 2:
		err = fault.Usagef("method: --personal-lr %v times --pfedme-lambda %v must be below 2, or θ leaves w",
			m.OwnLR, m.Lambda)
	case m.LR*m.Lambda > 1:
		err = fault.Usagef("method: --lr %v times --pfedme-lambda %v must be at most 1, or w leaves θ behind",
			m.LR, m.Lambda)
	}
	return err
}

// Stages are  fit: on each batch K times  θ ← SGD(θ, g(θ) + λ (θ − w)),  then  w ← w − ηλ (w − θ).
func (m PFedMe) Stages() fed.Stages { return fed.Stages{"fit": m.fit} }

func (m PFedMe) fit(c *fed.Client, q fed.Message) fed.Message {
	w, theta, task := c.Copy(q["phi"]), c.Copy(q["phi"]), m.Task(c)
	sgd := m.SGD()
	sgd.LR = m.OwnLR
	optimizer, follow := sgd.New(len(w)), m.Rate(c)*m.Lambda
	for b := range c.Batches(m.Pass(frame.First)) {
		if m.Restart {
			copy(theta, w)
		}
		for range m.Steps {
			b.Anew()
			g := task(theta, b)
			g.Add(m.Lambda, theta)
			g.Add(-m.Lambda, w)
			optimizer.Step(theta, g)
		}
		f32.Scale(float32(1-follow), w)
		f32.Axpy(float32(follow), theta, w)
	}
	c.Keep("phi", theta)
	return fed.Message{"phi": w}
}

// Round performs  w ← (1−β) w + β Σ_k (n_k/n) w_k.
func (m PFedMe) Round(r *fed.Round) error {
	mean, err := r.Average(fed.Ask{Stage: "fit"}, "phi")
	if err != nil {
		return err
	}
	f32.Scale(float32(m.Beta), mean["phi"])
	f32.Axpy(float32(1-m.Beta), r.Shared["phi"], mean["phi"])
	r.Shared["phi"] = mean["phi"]
	return nil
}

// Adapt fits the client's own model to the global one, from which it begins in every round.
func (m PFedMe) Adapt(int) (stage string, times int) { return "fit", 1 }
