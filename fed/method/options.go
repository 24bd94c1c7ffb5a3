package method

import (
	"math"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Options are the hyper-parameters of all methods; a method reads those that its doc comment names.
type Options struct {
	Batching fed.Batching
	SGD      train.SGD // of stage 1
	// CarryMomentum hands the momentum of stage 1 from client to client and from round to round, as the FedPuReL
	// release does by accident. Clients then train one after the other.
	CarryMomentum bool
	Adjust        Adjust
	Purify        Purify
	Personal      Personal
	Diagnose      bool // measure the angle of task and alignment gradients also where the method does not need it
}

// Adjust is the logit adjustment of the task loss: CE(ℓ + τ log π) with the class shares π of the training data.
type Adjust struct {
	Tau   float64 // τ ≥ 0; 0 turns it off
	Prior string  // "local": shares of the client's data; "global": of all clients' together
}

// Purify are the options of the gradient purification.
type Purify struct {
	Align  string  // a name of train.Aligns
	Lambda float64 // λ ≥ 0, strength of the projection
	Scope  string  // "tensor": every tensor by itself, as in the release; "global": the whole vector, as the paper writes it
}

// Personal are the options of the personal stage.
type Personal struct {
	SGD train.SGD
	Mix float64 // α ∈ [0,1], weight of CE(ℓ_P); CE(ℓ_G+ℓ_P) has 1−α. 0 is the fused loss alone
	// After is the number of rounds of stage 1 after which stage 2 starts, on a global module that no longer changes, as
	// in the paper's algorithm box. 0 interleaves: both stages in every round, as in the release.
	After int
}

// Default is what fedpurel uses: purification with TKL, tensor by tensor, interleaved stages. Learning rates are the
// module's.
func Default(module peft.Entry) Options {
	return Options{
		Batching: fed.Batching{Size: 32},
		SGD:      train.SGD{LR: module.LR, Momentum: 0.9, WeightDecay: 5e-4},
		Adjust:   Adjust{Prior: "global"},
		Purify:   Purify{Align: "tkl", Lambda: 1, Scope: "tensor"},
		Personal: Personal{SGD: train.SGD{LR: module.PersonalLR}, Mix: 0.9},
	}
}

// Validate reports the first option out of range.
func (o Options) Validate() error {
	switch {
	case o.Batching.Size < 1:
		return fault.Usagef("method: batch size %d must be at least 1", o.Batching.Size)
	case !(o.SGD.LR >= 0) || !(o.Personal.SGD.LR >= 0):
		return fault.Usagef("method: learning rates %v and %v must not be negative", o.SGD.LR, o.Personal.SGD.LR)
	case !(o.SGD.Momentum >= 0 && o.SGD.Momentum < 1):
		return fault.Usagef("method: momentum %v must lie in [0,1)", o.SGD.Momentum)
	case !(o.SGD.WeightDecay >= 0):
		return fault.Usagef("method: weight decay %v must not be negative", o.SGD.WeightDecay)
	case !(o.Adjust.Tau >= 0) || math.IsInf(o.Adjust.Tau, 0):
		return fault.Usagef("method: logit adjustment %v must not be negative", o.Adjust.Tau)
	case o.Adjust.Prior != "local" && o.Adjust.Prior != "global":
		return fault.Usagef("method: unknown prior %q; known: global, local", o.Adjust.Prior)
	case !slices.Contains(train.AlignNames(), o.Purify.Align):
		return fault.Usagef("method: unknown alignment loss %q; known: %s", o.Purify.Align, strings.Join(train.AlignNames(), ", "))
	case !(o.Purify.Lambda >= 0):
		return fault.Usagef("method: projection strength %v must not be negative", o.Purify.Lambda)
	case o.Purify.Scope != "tensor" && o.Purify.Scope != "global":
		return fault.Usagef("method: unknown projection scope %q; known: global, tensor", o.Purify.Scope)
	case !(o.Personal.Mix >= 0 && o.Personal.Mix <= 1):
		return fault.Usagef("method: mixing weight %v must lie in [0,1]", o.Personal.Mix)
	case o.Personal.After < 0:
		return fault.Usagef("method: the personal stage cannot start after round %d", o.Personal.After)
	}
	return nil
}

// align returns the alignment loss that the options, which are valid, name.
func (o Options) align() train.Align {
	return train.Aligns[slices.Index(train.AlignNames(), o.Purify.Align)].Loss
}
