package lab

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Method is a federated method with its options: a pointer to a struct, see package option.
type Method interface{ Validate() error }

// MethodEntry is a row of the table of methods.
type MethodEntry struct {
	Name, Doc string
	New       func(ModuleEntry) Method // with its defaults for a module; nil: nothing is trained
	Averages  bool                     // it has one global model
	Personal  fed.Personal             // how a client's own model predicts
}

func methods() []MethodEntry {
	return []MethodEntry{
		{"fedavg", "federated averaging of the module", newFedAvg, true, fed.PersonalOwn},
		{"fedpurel", "purified gradients for the global module, then a personal residual per client", newFedPuReL,
			true, fed.PersonalResidual},
		{"local", "every client trains alone", newLocal, false, fed.PersonalOwn},
		{"zeroshot", "the frozen encoder as it is", nil, true, fed.PersonalNone},
	}
}

// hasGlobal says whether a method has one global model.
func hasGlobal(e MethodEntry) bool { return e.Averages }

// Trained are the options of the methods that descend on the task loss.
type Trained struct {
	LR          float64 `json:"lr" usage:"learning rate of the global module"`
	Momentum    float64 `json:"momentum" usage:"momentum of the global stage"`
	WeightDecay float64 `json:"weight_decay" usage:"weight decay of the global stage"`
	Carry       bool    `json:"carry_momentum" usage:"hand the momentum of the global stage from client to client"`
	Batch       int     `json:"batch" usage:"mini-batch size"`
	DropLast    bool    `json:"drop_last" usage:"leave out a client's last batch if it is not full"`
	Epochs      int     `json:"epochs" usage:"local epochs"`
}

func trained(m ModuleEntry) Trained {
	o := method.Default(m.Entry)
	return Trained{
		LR: o.SGD.LR, Momentum: o.SGD.Momentum, WeightDecay: o.SGD.WeightDecay, Batch: o.Batching.Size, Epochs: 1,
	}
}

// engine writes the options into those of package method.
func (t Trained) engine(o method.Options) method.Options {
	o.Batching = fed.Batching{Size: t.Batch, DropLast: t.DropLast}
	o.SGD = train.SGD{LR: t.LR, Momentum: t.Momentum, WeightDecay: t.WeightDecay}
	o.CarryMomentum = t.Carry
	return o
}

// Validate reports the first option out of range.
func (t Trained) Validate() error {
	if t.Epochs != 1 {
		return fault.Usagef("method: %d epochs: clients make one", t.Epochs)
	}
	return t.engine(method.Default(peft.Entry{})).Validate()
}

// diagnosed is the option of methods that need no alignment gradient.
type diagnosed struct {
	Diagnose bool `json:"diagnose" usage:"measure the angle of task and alignment gradients"`
}

// start is the option of methods whose clients have parameters of their own from the beginning.
type start struct {
	Start string `json:"personal_start" usage:"a client's first own parameters: initial, global or zeroshot"`
}

func (s start) Validate() error {
	if s.Start != "initial" && s.Start != "global" && s.Start != "zeroshot" {
		return fault.Usagef("unknown --personal-start %q; known: initial, global, zeroshot", s.Start)
	}
	return nil
}

// FedAvg are the options of federated averaging.
type FedAvg struct {
	Trained
	diagnosed
}

func newFedAvg(m ModuleEntry) Method { return &FedAvg{Trained: trained(m)} }

// Local are the options of local training.
type Local struct {
	Trained
	diagnosed
	start
}

func newLocal(m ModuleEntry) Method { return &Local{Trained: trained(m), start: start{"initial"}} }

// Validate reports the first option out of range.
func (l *Local) Validate() error { return first(l.start.Validate(), l.Trained.Validate()) }

// FedPuReL are the options of FedPuReL.
type FedPuReL struct {
	Trained
	Align          string  `json:"align" usage:"alignment loss of the purification: tkl, kl or lskd"`
	Lambda         float64 `json:"purify_lambda" usage:"strength λ of the gradient projection; 0 turns it off"`
	Scope          string  `json:"scope" usage:"what is projected at once: tensor or global (the whole gradient)"`
	PersonalLR     float64 `json:"personal_lr" usage:"learning rate of the personal residual"`
	Mix            float64 `json:"mix" usage:"weight α of the personal loss in stage 2; the fused loss has 1−α"`
	PersonalRounds int     `json:"personal_rounds" usage:"personal rounds after the last global one; 0: in every round"`
	start
}

func newFedPuReL(m ModuleEntry) Method {
	o := method.Default(m.Entry)
	return &FedPuReL{
		Trained: trained(m), Align: o.Purify.Align, Lambda: o.Purify.Lambda, Scope: o.Purify.Scope,
		PersonalLR: o.Personal.SGD.LR, Mix: o.Personal.Mix, start: start{"initial"},
	}
}

// ExtraRounds come after the last global one.
func (f *FedPuReL) ExtraRounds() int { return f.PersonalRounds }

// engine writes the options into those of package method.
func (f *FedPuReL) engine(o method.Options) method.Options {
	o.Purify = method.Purify{Align: f.Align, Lambda: f.Lambda, Scope: f.Scope}
	o.Personal.SGD, o.Personal.Mix = train.SGD{LR: f.PersonalLR}, f.Mix
	return f.Trained.engine(o)
}

// Validate reports the first option out of range.
func (f *FedPuReL) Validate() error {
	if f.PersonalRounds < 0 {
		return fault.Usagef("--personal-rounds %d must not be negative", f.PersonalRounds)
	}
	return first(f.start.Validate(), f.engine(method.Default(peft.Entry{})).Validate(), f.Trained.Validate())
}

// LossEntry is a row of the table of task losses.
type LossEntry struct {
	Name, Doc string
	Options   Method // its defaults; nil: it reads none
}

func losses() []LossEntry {
	return []LossEntry{
		{"adjusted", "cross-entropy of ℓ + τ log π, with class shares π", &Adjusted{1, "global"}},
		{"ce", "cross-entropy", nil},
	}
}

// Adjusted are the options of the logit-adjusted loss.
type Adjusted struct {
	Tau   float64 `json:"logit_adjust" usage:"τ of the logit-adjusted task loss, CE(ℓ + τ log π)"`
	Prior string  `json:"prior" usage:"class shares π of the adjusted loss: global or local"`
}

func (a *Adjusted) engine(o method.Options) method.Options {
	o.Adjust = method.Adjust{Tau: a.Tau, Prior: a.Prior}
	return o
}

// Validate reports the first option out of range.
func (a *Adjusted) Validate() error { return a.engine(method.Default(peft.Entry{})).Validate() }

// ModuleEntry is a row of the table of modules.
type ModuleEntry struct {
	peft.Entry
	Projects bool // works on features before the visual projection
	Options  any  // its defaults; nil: it reads none
}

func modules() (all []ModuleEntry) {
	d := peft.DefaultOptions()
	low := TextLowRank{d.Rank, d.Alpha, d.RankStable}
	options := map[string]any{
		"lora": LowRank{low, d.Dropout}, "projection": LowRank{low, d.Dropout}, "text-lora": low,
		"residual": Adapter{d.Hidden, d.Rho},
	}
	for _, e := range peft.Modules {
		all = append(all, ModuleEntry{e, e.Name == "projection", options[e.Name]})
	}
	return all
}

// TextLowRank are the options of the low-rank modules without dropout.
type TextLowRank struct {
	Rank       int     `json:"rank" usage:"rank r of the low-rank modules"`
	Alpha      float64 `json:"alpha" usage:"scale α of the low-rank modules, which multiply by γ = α/r"`
	RankStable bool    `json:"rank_stable" usage:"γ = α/√r instead"`
}

func (l TextLowRank) shape(o *peft.Options) {
	o.Rank, o.Alpha, o.RankStable = l.Rank, l.Alpha, l.RankStable
}

// Validate reports the first option out of range.
func (l TextLowRank) Validate() error { return shaped(l.shape) }

// LowRank are the options of the low-rank modules with dropout.
type LowRank struct {
	TextLowRank
	Dropout float64 `json:"dropout" usage:"dropout on the module's input while training"`
}

func (l LowRank) shape(o *peft.Options) { l.TextLowRank.shape(o); o.Dropout = l.Dropout }

// Validate reports the first option out of range.
func (l LowRank) Validate() error { return shaped(l.shape) }

// Adapter are the options of the residual module.
type Adapter struct {
	Hidden int     `json:"hidden" usage:"width of the bottleneck"`
	Rho    float64 `json:"rho" usage:"weight ρ of the adapter"`
}

func (a Adapter) shape(o *peft.Options) { o.Hidden, o.Rho = a.Hidden, a.Rho }

// Validate reports the first option out of range.
func (a Adapter) Validate() error { return shaped(a.shape) }

func shaped(shape func(*peft.Options)) error {
	o := peft.DefaultOptions()
	shape(&o)
	return o.Validate()
}

func first(problems ...error) error {
	for _, err := range problems {
		if err != nil {
			return err
		}
	}
	return nil
}
