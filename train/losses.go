package train

import (
	"math"
	"slices"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Loss is a task loss: it returns its value and writes δ = ∂L/∂ℓ into dlogits.
type Loss func(dlogits, logits f32.Matrix, y []int32) float64

// Owner is what a loss may know of the client whose samples it sees.
type Owner struct {
	Counts []int // the client's training samples by class
	All    []int // everybody's together; only of a loss that reads them
	// State is a vector of n values that the client keeps for the loss from round to round, zeros at first. What the
	// loss writes into it is kept.
	State func(name string, n int) []float32
}

// LossOptions shape a loss: a struct whose fields carry the tags json (name) and usage (help).
type LossOptions interface{ Validate() error }

// LossEntry is one row of the table of task losses, which every method that trains can wear.
type LossEntry struct {
	Name, Doc string
	Options   LossOptions // the defaults, of the type that Open wants; nil: it reads none
	// Everyone reports whether the loss reads everybody's class counts, which clients then reveal to the server, and
	// the server to all; nil: it does not.
	Everyone func(LossOptions) bool
	// Open prepares the loss for one client in one stage.
	Open func(LossOptions, Owner) Loss
}

// Losses is the table of task losses, in name order.
var Losses = []LossEntry{{
	Name: "adjusted", Doc: "cross-entropy of logits adjusted by class shares, CE(ℓ + τ log π)",
	Options:  Adjust{Tau: 1, Prior: "global"},
	Everyone: func(o LossOptions) bool { return o.(Adjust).Prior == "global" },
	Open:     func(o LossOptions, w Owner) Loss { return o.(Adjust).open(w) },
}, {
	Name: "ce", Doc: "cross-entropy",
	Open: func(LossOptions, Owner) Loss { return CrossEntropy },
}}

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

// Adjust is logit adjustment (Menon et al., ICLR 2021; balanced softmax at τ = 1): CE(ℓ + τ log π) with class shares π.
type Adjust struct {
	Tau   float64 `json:"logit_adjust" usage:"τ of the adjusted loss, CE(ℓ + τ log π)"`
	Prior string  `json:"prior" usage:"class shares π of the adjusted loss: global (everybody's data) or local"`
}

// Validate reports the first option out of range.
func (a Adjust) Validate() error {
	switch {
	case !(a.Tau >= 0) || math.IsInf(a.Tau, 0):
		return fault.Usagef("train: logit adjustment %v must not be negative", a.Tau)
	case a.Prior != "local" && a.Prior != "global":
		return fault.Unknown("train: unknown prior", a.Prior, []string{"global", "local"})
	}
	return nil
}

// open takes logarithms of the shares; a class without samples has the share 10⁻¹².
func (a Adjust) open(w Owner) Loss {
	if a.Tau == 0 {
		return CrossEntropy
	}
	counts, total := w.Counts, 0
	if a.Prior == "global" {
		counts = w.All
	}
	for _, n := range counts {
		total += n
	}
	adjust := make([]float32, len(counts))
	for i, n := range counts {
		adjust[i] = float32(a.Tau * math.Log(math.Max(float64(n)/float64(total), 1e-12)))
	}
	return func(dlogits, logits f32.Matrix, y []int32) float64 {
		return AdjustedCrossEntropy(dlogits, logits, y, adjust)
	}
}
