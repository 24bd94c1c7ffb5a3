package frame

import (
	"slices"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Unpack is a vector to work on: the client's initial weights with a part of phi in them. phi is the part alone, as
// AverageOf sends it, or all global parameters, as predicting has them.
func Unpack(c *fed.Client, part peft.Layout, phi []float32) []float32 {
	all := c.Copy(c.Initial())
	if len(phi) == len(all) {
		copy(all, phi)
	} else {
		part.Put(all, phi)
	}
	return all
}

// Sending is an ask whose questions hold this under the name phi, and all else as before.
func Sending(r *fed.Round, ask fed.Ask, phi []float32) fed.Ask {
	question := ask.Question
	ask.Question = func(k int) fed.Message {
		if question == nil {
			return r.Shared.With("phi", phi)
		}
		return question(k).With("phi", phi)
	}
	return ask
}

// AverageOf performs  φ ← Σ_k (n_k/n) φ_k  on a part of the parameters, which is all of them that questions and answers
// hold. The rest of φ stays as it is.
func AverageOf(r *fed.Round, part peft.Layout, ask fed.Ask) error {
	mean, err := r.Average(Sending(r, ask, part.Take(r.Shared["phi"])), "phi")
	if err != nil {
		return err
	}
	phi := slices.Clone(r.Shared["phi"])
	part.Put(phi, mean["phi"])
	r.Shared["phi"] = phi
	return nil
}
