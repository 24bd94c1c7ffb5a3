package prompt

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// PromptFolio (Pan et al., NeurIPS 2024) gives every client a prompt of its own beside the shared one, and mixes the
// class texts: t = (1−ϑ) t_g + ϑ t_l, of which both have unit length and t has what comes of it. Both are trained
// through the mixture; t_g is averaged, t_l stays with the client and starts as t_g does, at the initial weights. The
// global model, a convention, is t_g alone.
//
// The release (PanBikang/PromptFolio) scores the clients of the last cohort alone; here all are.
type PromptFolio struct {
	frame.FedAvg
	Theta float64 `json:"folio" usage:"weight ϑ of a client's own class texts beside the shared ones, in [0,1]"`
}

// NewPromptFolio is PromptFolio with its defaults for a module; the paper searches ϑ in {0.2, 0.4, 0.6}.
func NewPromptFolio(m peft.Entry) *PromptFolio {
	return &PromptFolio{FedAvg: *frame.NewFedAvg(m), Theta: 0.4}
}

// Validate reports the first option out of range.
func (m PromptFolio) Validate() error {
	if !(m.Theta >= 0 && m.Theta <= 1) {
		return fault.Usagef("method: weight %v of own class texts must lie in [0,1]", m.Theta)
	}
	return m.FedAvg.Validate()
}

// Fits reports a module that does not move the class texts.
func (PromptFolio) Fits(module peft.Module) error { return fits(module) }

// On is the module twice.
func (m PromptFolio) On(module peft.Module) peft.Module {
	return peft.NewFolio(module.(peft.TextSide), m.Theta)
}

// Stages are
//
//	fit:  (φ_g, φ_l) ← SGD((φ_g, φ_l); L_task)  with  ℓ = (1−ϑ) ℓ(φ_g) + ϑ ℓ(φ_l)
//	own:  φ_l ← SGD(φ_l; L_task), for a client that never took part
func (m PromptFolio) Stages() fed.Stages { return fed.Stages{"fit": m.fit, "own": m.own} }

func (m PromptFolio) fit(c *fed.Client, q fed.Message) fed.Message {
	return fit(m.FedAvg, c, q, m.Task(c))
}

func (m PromptFolio) own(c *fed.Client, q fed.Message) fed.Message {
	return own(m.FedAvg, c, q, m.Task(c))
}

// Round performs  φ_g ← Σ_k (n_k/n) φ_g,k.  What is shared has φ_g in the place of φ_l, too.
func (m PromptFolio) Round(r *fed.Round) error {
	global, _ := halves(r.Module())
	err := frame.AverageOf(r, global, m.Ask(r, "fit"))
	r.Shared["phi"] = r.Module().(*peft.Folio).Doubled(r.Shared["phi"])
	return err
}

// Personal is  (1−ϑ) ℓ(φ_g) + ϑ ℓ(φ_l).
func (PromptFolio) Personal(c *fed.Client, shared fed.Message) fed.Model {
	return fed.Model{fed.Of(mixed(c, shared["phi"]))}
}

// Adapt fits the client's own texts beside the shared ones.
func (PromptFolio) Adapt(rounds int) (stage string, times int) { return "own", rounds }
