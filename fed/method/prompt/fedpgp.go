package prompt

import (
	"errors"
	"slices"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// FedPGP (Cui et al., ICML 2024) adapts the shared prompt σ to each client by a low-rank term of its own, σ + U V. σ
// is averaged, U and V stay with the client. Beside the task loss, a contrast holds the class texts of σ near the
// zero-shot ones and away from those of σ + U V. The global model is σ alone.
//
// Here a shift e of the class texts stands in for σ. With one shift for all texts U is one row, and U V spans no less
// than e; with one for each class its rank is b. U and V are drawn as in the release (TianyuCuiOvO/FedPGP), all
// clients' alike.
//
// Two things of it are not done here: its first partner is the text of a placeholder prompt, here the zero-shot text;
// and it goes through a client's samples twice in a round.
type FedPGP struct {
	frame.FedAvg
	Mu    float64 `json:"pgp_mu" usage:"weight μ of FedPGP's contrast of class texts"`
	Width int     `json:"pgp_bottleneck" usage:"rank b of a client's own term U V"`
	Tau   float64 `json:"pgp_temperature" usage:"temperature τ of FedPGP's contrast"`
}

// NewFedPGP is FedPGP with its defaults for a module; μ is searched in {0, 0.1, 0.5, 1}, b in {4, 8}.
func NewFedPGP(m peft.Entry) *FedPGP {
	return &FedPGP{FedAvg: *frame.NewFedAvg(m), Mu: 1, Width: 4, Tau: 0.5}
}

// widest bounds b: it is beyond the features of any encoder.
const widest = 1 << 14

// Validate reports the first option out of range.
func (m FedPGP) Validate() error {
	switch {
	case m.Width < 1 || m.Width > widest:
		return fault.Usagef("method: bottleneck %d must be from 1 to %d", m.Width, widest)
	case !(m.Tau > 0):
		return fault.Usagef("method: temperature %v of the contrast must be positive", m.Tau)
	}
	return errors.Join(m.FedAvg.Validate(), frame.NotNegative("weight of the contrast", m.Mu))
}

// Fits reports a module that does not shift the class texts.
func (FedPGP) Fits(module peft.Module) error {
	return frame.Needs(module, "a module that shifts the class texts", peft.Shifts)
}

// On is the module with U and V.
func (m FedPGP) On(module peft.Module) peft.Module {
	return peft.NewBottleneck(module.(peft.TextSide), m.Width)
}

// Stages are
//
//	fit:  (e, U, V) ← SGD((e, U, V); L_task(t) + μ L_contrast(t⁰, t^σ, t)),  t of e + U V,  t^σ of e
//	own:  (U, V) alone, for a client that never took part
func (m FedPGP) Stages() fed.Stages { return fed.Stages{"fit": m.fit, "own": m.own} }

func (m FedPGP) fit(c *fed.Client, q fed.Message) fed.Message { return fit(m.FedAvg, c, q, m.rule(c)) }

func (m FedPGP) own(c *fed.Client, q fed.Message) fed.Message { return own(m.FedAvg, c, q, m.rule(c)) }

// rule is  g = ∂/∂(e, U, V) [ L_task + μ L_contrast ].
func (m FedPGP) rule(c *fed.Client) fed.Rule {
	task := m.Task(c)
	if m.Mu == 0 {
		return task
	}
	k := contrast{c.Module().(*peft.Bottleneck), c.Head().Text, m.Tau, c.Zeros(len(c.Initial())), nil, f32.Arena{}}
	return func(phi []float32, b *fed.Batch) *train.Gradient {
		g := task(phi, b)
		c.Observe("loss_contrast", k.at(phi))
		g.Add(m.Mu, k.slope)
		return g
	}
}

// contrast is L_contrast of a client.
type contrast struct {
	module  *peft.Bottleneck
	zero    f32.Matrix // t⁰
	tau     float64
	slope   []float32 // where it was last taken
	factors []peft.Factor
	memory  f32.Arena
}

// at is L_contrast at parameters.
func (k *contrast) at(phi []float32) float64 {
	k.memory.Reset()
	shared, own := k.module.Alone(&k.memory, phi), k.module.Texts(&k.memory, phi)
	s, t := shared.Moved().Text, own.Moved().Text
	ds, dt := k.memory.Matrix(s.Rows, s.Cols), k.memory.Matrix(t.Rows, t.Cols)
	loss := train.Contrast(ds, dt, k.zero, s, t, k.tau)
	k.factors = own.Pull(shared.Pull(k.factors[:0], &k.memory, ds, 1), &k.memory, dt, 1)
	clear(k.slope)
	for _, f := range k.factors {
		f.AddTo(k.slope)
	}
	return loss
}

// Round performs  e ← Σ_k (n_k/n) e_k.  What is shared has zeros in the place of U and V.
func (m FedPGP) Round(r *fed.Round) error {
	shared, own := halves(r.Module())
	if err := frame.AverageOf(r, shared, m.Ask(r, "fit")); err != nil {
		return err
	}
	phi := slices.Clone(r.Shared["phi"])
	own.Put(phi, make([]float32, own.Count()))
	r.Shared["phi"] = phi
	return nil
}

// Personal is ℓ(e + U V).
func (FedPGP) Personal(c *fed.Client, shared fed.Message) fed.Model {
	return fed.Model{fed.Of(mixed(c, shared["phi"]))}
}

// Adapt fits the client's U and V beside the shared e.
func (FedPGP) Adapt(rounds int) (stage string, times int) { return "own", rounds }
