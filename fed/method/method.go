// Package method holds the federated methods, one file each, and the table of them.
package method

import (
	"strings"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// The stages of a round, as coordinates of the batch order.
const (
	stage1 uint64 = 1
	stage2 uint64 = 2
)

// Options are the hyper-parameters of all methods; a method reads those that its doc comment names. Start from
// Default.
type Options struct {
	Batch    int       // mini-batch size
	SGD      train.SGD // of stage 1
	Residual train.SGD // of stage 2
	Align    string    // alignment loss of the purification: "tkl" or "kl"
	Lambda   float64   // λ ≥ 0, strength of the projection
	Mix      float64   // α ∈ [0,1], weight of the personal loss in stage 2
}

// Entry is one row of the table of methods.
type Entry struct {
	Name     string
	Doc      string
	Trains   bool         // whether the method has rounds at all
	Averages bool         // whether it has one global model
	Personal fed.Personal // how a client's own model predicts
	New      func(Options) fed.Method
}

// Methods is the table, in name order.
var Methods = []Entry{
	{"fedavg", "federated averaging of the module", true, true, fed.PersonalOwn, func(o Options) fed.Method { return FedAvg{o} }},
	{"fedpurel", "purified gradients for the global module, then a personal residual per client", true, true, fed.PersonalResidual, func(o Options) fed.Method { return FedPuReL{o} }},
	{"local", "every client trains alone", true, false, fed.PersonalOwn, func(o Options) fed.Method { return Local{o} }},
	{"zeroshot", "the frozen encoder as it is", false, true, fed.PersonalNone, nil},
}

// Names lists the methods.
func Names() []string {
	var names []string
	for _, e := range Methods {
		names = append(names, e.Name)
	}
	return names
}

// Find returns the entry called name; an unknown name is an error that lists the known ones.
func Find(name string) (Entry, error) {
	for _, e := range Methods {
		if e.Name == name {
			return e, nil
		}
	}
	return Entry{}, fault.Usagef("method: unknown method %q; known: %s", name, strings.Join(Names(), ", "))
}

// Validate reports the first option out of range.
func (o Options) Validate() error {
	switch {
	case o.Batch < 1:
		return fault.Usagef("method: batch size %d must be at least 1", o.Batch)
	case !(o.SGD.LR >= 0) || !(o.Residual.LR >= 0):
		return fault.Usagef("method: learning rates %v and %v must not be negative", o.SGD.LR, o.Residual.LR)
	case !(o.SGD.Momentum >= 0 && o.SGD.Momentum < 1):
		return fault.Usagef("method: momentum %v must lie in [0,1)", o.SGD.Momentum)
	case !(o.SGD.WeightDecay >= 0):
		return fault.Usagef("method: weight decay %v must not be negative", o.SGD.WeightDecay)
	case o.Align != "tkl" && o.Align != "kl":
		return fault.Usagef("method: unknown alignment loss %q; known: kl, tkl", o.Align)
	case !(o.Lambda >= 0):
		return fault.Usagef("method: projection strength %v must not be negative", o.Lambda)
	case !(o.Mix >= 0 && o.Mix <= 1):
		return fault.Usagef("method: mixing weight %v must lie in [0,1]", o.Mix)
	}
	return nil
}

// align returns the alignment loss that the options name.
func (o Options) align() func(dlogits, logits, teacher f32.Matrix) float64 {
	if o.Align == "kl" {
		return train.KL
	}
	return train.TKL
}

// scratch returns a matrix shaped like m.
func (o Options) scratch(m f32.Matrix) f32.Matrix { return f32.New(m.Rows, m.Cols) }
