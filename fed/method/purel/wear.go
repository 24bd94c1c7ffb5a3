package purel

import (
	"errors"
	"maps"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Base is a method that trains one model for everybody, and gives its clients nothing else.
type Base interface {
	fed.Method
	Validate() error
	Pass(stage uint64) fed.Pass // through a client's samples
}

// Wear is another method's global model with FedPuReL's second stage on top: what its clients predict with is
// ℓ_G + ℓ_P. The method itself stays as it is, bit for bit.
type Wear struct {
	Base
	Residual
}

// branch is the name under which a client keeps φ_k, beside what the method has it keep.
const branch = "residual"

// Validate reports the first option out of range.
func (w Wear) Validate() error { return errors.Join(w.Base.Validate(), w.Residual.Validate()) }

// Fits reports a module that the method does not run on.
func (w Wear) Fits(module peft.Module) error {
	if picky, ok := w.Base.(interface{ Fits(peft.Module) error }); ok {
		return picky.Fits(module)
	}
	return nil
}

// On is what the method makes of a module.
func (w Wear) On(module peft.Module) peft.Module {
	if maker, ok := w.Base.(interface{ On(peft.Module) peft.Module }); ok {
		return maker.On(module)
	}
	return module
}

// Moved is what the method's server shares with the global model's parameters moved.
func (w Wear) Moved(shared fed.Message, move func(phi []float32) []float32) fed.Message {
	if mover, is := w.Base.(interface {
		Moved(fed.Message, func([]float32) []float32) fed.Message
	}); is {
		return mover.Moved(shared, move)
	}
	return shared.With("phi", move(shared["phi"]))
}

// ExtraRounds are the personal rounds.
func (w Wear) ExtraRounds() int { return w.Rounds }

// Stages are the method's, and residual, as in FedPuReL.
func (w Wear) Stages() fed.Stages {
	all := maps.Clone(w.Base.Stages())
	all["residual"] = func(c *fed.Client, q fed.Message) fed.Message {
		w.fit(c, q, w.Pass(frame.Second), branch, w.Global(q))
		return nil
	}
	return all
}

// Round is the method's; then, or in the extra rounds, it asks for residual.
func (w Wear) Round(r *fed.Round) error {
	if !r.Extra() {
		if err := w.Base.Round(r); err != nil {
			return err
		}
		if w.Rounds > 0 {
			return nil
		}
	}
	return r.Ask(fed.Ask{Stage: "residual"})
}

// Personal is ℓ_G + ℓ(φ_k).
func (w Wear) Personal(c *fed.Client, shared fed.Message) fed.Model {
	return w.onTop(c, shared, branch, w.Global(shared))
}

// Adapt fits the residual.
func (w Wear) Adapt(rounds int) (stage string, times int) { return "residual", w.times(rounds) }
