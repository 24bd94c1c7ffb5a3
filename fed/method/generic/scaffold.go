package generic

import (
	"errors"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Scaffold (Karimireddy et al., ICML 2020) takes the drift out of every client's gradient: g − c_k + c, where c_k is
// the mean of the raw gradients of the client's last round, its option II, and c the mean of all clients' c_k, of those
// that own training data. It runs plain SGD unless told otherwise.
type Scaffold struct {
	fed.Simple
	frame.Training
	frame.Diagnosis
	ServerLR float64 `json:"server_lr" usage:"the server's step η_g towards the clients' mean; 1 takes the mean"`
}

// NewScaffold is SCAFFOLD with its defaults for a module: plain SGD, for its mathematics is that of single steps.
func NewScaffold(m peft.Entry) *Scaffold { return &Scaffold{Training: frame.Plain(m), ServerLR: 1} }

// Validate reports the first option out of range.
func (m Scaffold) Validate() error {
	return errors.Join(m.Training.Validate(), frame.NotNegative("server learning rate", m.ServerLR))
}

// Stages are  fit: on each batch  φ ← SGD(φ, g − c_k + c);  then  δ = mean g − c_k,  c_k ← mean g.
func (m Scaffold) Stages() fed.Stages { return fed.Stages{"fit": m.fit} }

func (m Scaffold) fit(c *fed.Client, q fed.Message) fed.Message {
	own, mean, steps := c.Kept("control", c.Zeros(len(q["phi"]))), c.Zeros(len(q["phi"])), 0
	task := m.Task(c)
	answer := m.Descend(c, q, func(phi []float32, b *fed.Batch) *train.Gradient {
		g := task(phi, b)
		g.AddTo(mean, 1)
		steps++
		g.Add(-1, own)
		g.Add(1, q["control"])
		return g
	})
	f32.Scale(1/float32(steps), mean)
	c.Keep("control", mean)
	f32.Axpy(-1, own, mean)
	return answer.With("delta", mean)
}

// Round performs, over those S of the cohort who answer, of K clients that own training data,
//
//	φ ← φ + η_g mean(φ_k − φ),  c ← c + (|S|/K) mean(δ_k)
func (m Scaffold) Round(r *fed.Round) error {
	if r.Shared["control"] == nil {
		r.Shared["control"] = make([]float32, len(r.Shared["phi"]))
	}
	ask := fed.Ask{Stage: "fit", Weight: func(int) float64 { return 1 }}
	mean, err := r.Average(ask, "phi", "delta")
	if err != nil {
		return err
	}
	f32.Scale(float32(m.ServerLR), mean["phi"])
	f32.Axpy(float32(1-m.ServerLR), r.Shared["phi"], mean["phi"])
	f32.Scale(float32(len(r.Present()))/float32(len(r.Everyone())), mean["delta"])
	f32.Axpy(1, r.Shared["control"], mean["delta"])
	r.Shared["phi"], r.Shared["control"] = mean["phi"], mean["delta"]
	return nil
}

// Adapt fits the client's copy of the global parameters, its control variate at zero.
func (m Scaffold) Adapt(int) (stage string, times int) { return "fit", 1 }
