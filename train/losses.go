package train

import (
	"slices"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Loss is a task loss: it returns its value and writes δ = ∂L/∂ℓ into dlogits, which may be logits itself.
type Loss func(dlogits, logits f32.Matrix, y []int32) float64

// Owner is what a loss may know of the client whose samples it sees.
type Owner struct {
	Counts []int // the client's training samples by class
	All    []int // everybody's together, as the loss comes to know them; only of a loss that does
	// Progress is the share of the run's rounds that are over, in [0,1).
	Progress float64
	// State is a vector of n values that the client keeps for the loss from round to round, zeros at first. What the
	// loss writes into it is kept.
	State func(name string, n int) []float32
}

// LossOptions shape a loss: a struct whose fields carry the tags json (name) and usage (help). Those that do not go
// with every module say so by Fits(peft.Module) error.
type LossOptions interface{ Validate() error }

// Census is how a loss comes to know everybody's class counts, once and for all before the first round. The server then
// tells them to all clients.
type Census int

// The ways, by what clients give away.
const (
	NoCensus  Census = iota // it does not
	Counted                 // every client tells its own counts
	Estimated               // the server reads them off an update of every client's classifier
)

// LossEntry is one row of the table of task losses, which every method that trains can wear.
type LossEntry struct {
	Name    string
	Title   string // as papers write it
	Doc     string
	Source  string      // where the loss is from, and which code was read
	Options LossOptions // the defaults, of the type that Open wants; nil: it reads none
	// Everyone is how the loss comes to know everybody's class counts; nil: it does not.
	Everyone func(LossOptions) Census
	// Open prepares the loss for one client in one stage.
	Open func(LossOptions, Owner) Loss
}

// Losses is the table of task losses, in name order.
var Losses = []LossEntry{{
	Name: "adjusted", Title: "LA", Doc: "cross-entropy of logits adjusted by class shares, CE(ℓ + τ log π)",
	Source:   "Menon et al., ICLR 2021; at τ = 1 balanced softmax, Ren et al., NeurIPS 2020",
	Options:  Adjust{Tau: 1, Prior: "global"},
	Everyone: func(o LossOptions) Census { return o.(Adjust).census() },
	Open:     func(o LossOptions, w Owner) Loss { return o.(Adjust).open(w) },
}, {
	Name: "ce", Title: "CE", Doc: "cross-entropy",
	Open: func(LossOptions, Owner) Loss { return CrossEntropy },
}, {
	Name: "fedlc", Title: "FedLC", Doc: "cross-entropy with margins by the client's own counts, CE(ℓ − τ n^(−¼))",
	Source:  "Zhang et al., ICML 2022; PFLlib, krumpguo/FedVLS",
	Options: FedLC{Tau: 1, Form: "softmax"},
	Open:    func(o LossOptions, w Owner) Loss { return o.(FedLC).open(w) },
}, {
	Name: "focal", Title: "focal loss", Doc: "cross-entropy times (1−p)^γ: samples that are right already count less",
	Source:  "Lin et al., ICCV 2017; Fed-Focal, Sarkar et al., 2020",
	Options: Focal{Gamma: 2},
	Open:    func(o LossOptions, w Owner) Loss { return o.(Focal).open(w) },
}, {
	Name: "inbatch", Title: "in-batch loss", Doc: "CLIP's contrast of a batch's images with the texts of their classes",
	Source: "Radford et al., ICML 2021; microsoft/PersonalizedFL",
	Open:   func(LossOptions, Owner) Loss { return InBatch },
}, {
	Name: "ldam", Title: "LDAM", Doc: "cross-entropy with margins for the own class by the client's own counts; DRW",
	Source:  "Cao et al., NeurIPS 2019; kaidic/LDAM-DRW",
	Options: LDAM{Margin: 2, From: 0.8, Beta: 0.9999},
	Open:    func(o LossOptions, w Owner) Loss { return o.(LDAM).open(w) },
}}

// Census is how the loss comes to know everybody's class counts under its options.
func (e LossEntry) Census(o LossOptions) Census {
	if e.Everyone == nil {
		return NoCensus
	}
	return e.Everyone(o)
}

// Reveals is what clients say of their data for the loss, beside parameters, in words; empty: nothing.
func (e LossEntry) Reveals(o LossOptions) string {
	return [...]string{NoCensus: "", Counted: "class counts", Estimated: "class counts, roughly"}[e.Census(o)]
}

// LossNames lists the task losses.
func LossNames() []string {
	var names []string
	for _, e := range Losses {
		names = append(names, e.Name)
	}
	return names
}

// FindLoss returns the entry called name; an unknown name is an error that lists the known ones.
func FindLoss(name string) (LossEntry, error) {
	i := slices.Index(LossNames(), name)
	if i < 0 {
		return LossEntry{}, fault.Unknown("train: unknown loss", name, LossNames())
	}
	return Losses[i], nil
}
