package generic

import (
	"errors"
	"slices"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// FedDyn (Acar et al., ICLR 2021) makes a client's stationary points those of the federation: it descends on
// L_task + α_k ⟨d_k, φ⟩ + α_k/2 ‖φ − φ_s‖², with φ_s what it was sent, and d_k the sum of all that its rounds have
// moved it, −∇L_k(φ_k)/α in the end. What is sent is the mean of the cohort's models and that of everybody's d_k. What
// is evaluated is the former alone, as its authors do: the latter is a correction, and predicts badly. It runs plain
// SGD unless told otherwise.
//
// α does not vanish from it with α = 0: then d_k steers no client, but the server adds its mean all the same.
//
// As in the release (alpemreacar/FedDyn), α_k = α n̄/n_k by default, where the paper has one α. Two things of it are
// not done here, and it does them with every method: gradients are clipped at norm 10, and the rate falls by a factor
// from round to round.
type FedDyn struct {
	fed.Simple
	frame.Training
	frame.Diagnosis
	Alpha  float64 `json:"dyn_alpha" usage:"weight α of FedDyn's regularizer"`
	BySize bool    `json:"dyn_by_size" usage:"α n̄/n_k for a client of n_k samples, as the release has it"`
}

// NewFedDyn is FedDyn with its defaults for a module; the paper searches α from 0.001 to 1.
func NewFedDyn(m peft.Entry) *FedDyn {
	return &FedDyn{Training: frame.Plain(m), Alpha: 0.01, BySize: true}
}

// Validate reports the first option out of range.
func (m FedDyn) Validate() error {
	return errors.Join(m.Training.Validate(), frame.NotNegative("weight of FedDyn's regularizer", m.Alpha))
}

// Stages are  fit: on each batch  φ ← SGD(φ, g + α_k (φ − φ_s + d_k));  then  d_k ← d_k + φ − φ_s.
func (m FedDyn) Stages() fed.Stages { return fed.Stages{"fit": m.fit} }

func (m FedDyn) fit(c *fed.Client, q fed.Message) fed.Message {
	moved, alpha, task := c.Kept("moved", c.Zeros(len(q["phi"]))), m.Alpha, m.Task(c)
	if mean := q["mean-size"]; mean != nil {
		alpha *= float64(mean[0]) / float64(c.Size())
	}
	answer := m.Descend(c, q, func(phi []float32, b *fed.Batch) *train.Gradient {
		g := task(phi, b)
		g.Add(alpha, phi)
		g.Add(-alpha, q["phi"])
		g.Add(alpha, moved)
		return g
	})
	f32.Axpy(1, answer["phi"], moved)
	f32.Axpy(-1, q["phi"], moved)
	c.Keep("moved", moved)
	return answer
}

// Round performs, over those S of the cohort who answer, of K clients that own training data,
//
//	φ_s = φ + d,  φ ← mean φ_k,  d ← d + (|S|/K) (φ − φ_s)
//
// with d the mean of all d_k.
func (m FedDyn) Round(r *fed.Round) error {
	if r.Own["moved"] == nil {
		r.Own["moved"] = make([]float32, len(r.Shared["phi"]))
	}
	if m.BySize {
		r.Shared["mean-size"] = []float32{meanSize(r)}
	}
	sent := slices.Clone(r.Shared["phi"])
	f32.Axpy(1, r.Own["moved"], sent)
	ask := fed.Ask{Stage: "fit", Weight: func(int) float64 { return 1 }}
	mean, err := r.Average(frame.Sending(r, ask, sent), "phi")
	if err != nil {
		return err
	}
	moved, share := slices.Clone(r.Own["moved"]), float32(len(r.Present()))/float32(len(r.Everyone()))
	f32.Axpy(share, mean["phi"], moved)
	f32.Axpy(-share, sent, moved)
	r.Shared["phi"], r.Own["moved"] = mean["phi"], moved
	return nil
}

// meanSize is n̄, the mean number of samples of clients that own any.
func meanSize(r *fed.Round) float32 {
	everyone, sum := r.Everyone(), 0
	for _, k := range everyone {
		sum += r.Size(k)
	}
	return float32(sum) / float32(len(everyone))
}

// Adapt fits the client's copy of the global parameters, its d_k at zero.
func (m FedDyn) Adapt(int) (stage string, times int) { return "fit", 1 }
