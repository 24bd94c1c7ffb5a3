package train

import (
	"math"
	"slices"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Priors are where the class shares π of the adjusted loss are from: of everybody's data, of the client's own, or of
// everybody's as a server estimates them.
var Priors = []string{"estimated", "global", "local"}

// Adjust is logit adjustment (Menon et al., ICLR 2021; balanced softmax at τ = 1): CE(ℓ + τ log π) with class shares π.
type Adjust struct {
	Tau   float64 `json:"logit_adjust" usage:"τ of the adjusted loss, CE(ℓ + τ log π); 1 is balanced softmax"`
	Prior string  `json:"prior" usage:"class shares π of the adjusted loss: global, local (own data) or estimated"`
}

// Validate reports the first option out of range.
func (a Adjust) Validate() error {
	switch {
	case !(a.Tau >= 0) || math.IsInf(a.Tau, 0):
		return fault.Usagef("train: logit adjustment %v must not be negative", a.Tau)
	case !slices.Contains(Priors, a.Prior):
		return fault.Unknown("train: unknown prior", a.Prior, Priors)
	}
	return nil
}

// Fits reports a module off which π cannot be estimated.
func (a Adjust) Fits(module peft.Module) error {
	if _, able := module.(peft.Headed); a.census() == Estimated && !able {
		return fault.Usagef("train: --prior estimated reads the update of a trainable head; " +
			"choose a module that has one: linear, or one whose name ends in -head")
	}
	return nil
}

// census is how π becomes known.
func (a Adjust) census() Census {
	return map[string]Census{"global": Counted, "estimated": Estimated}[a.Prior]
}

// open takes logarithms of the shares; a class without samples has the share 10⁻¹².
func (a Adjust) open(w Owner) Loss {
	if a.Tau == 0 {
		return CrossEntropy
	}
	counts, total := w.Counts, 0
	if a.census() != NoCensus {
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
