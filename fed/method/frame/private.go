package frame

import (
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Private says which tensors a client has of its own; the others are averaged. The word head in the list stands for
// the tensors of the trainable head, if the module has one, and A and B for these factors of all its low-rank updates.
type Private struct {
	Names string `json:"private" usage:"names of tensors that a client has of its own; head: the trainable head"`
}

// Fits reports a module that lacks what is to be private.
func (p Private) Fits(module peft.Module) error {
	known, names := module.Layout().Names(), p.tensors(module)
	for _, name := range names {
		if !slices.Contains(known, name) {
			return fault.Unknown("method: --private: the module has no tensor", name, known)
		}
	}
	if len(names) == 0 && len(p.list()) > 0 {
		return fault.Usagef("method: a private head needs a module with a trainable one, "+
			"or --private with names of tensors: %s", strings.Join(known, ", "))
	}
	return nil
}

func (p Private) list() []string {
	return strings.FieldsFunc(p.Names, func(r rune) bool { return r == ',' || r == ' ' })
}

// tensors are the names in the list, with those of all that the words in it stand for.
func (p Private) tensors(module peft.Module) (names []string) {
	updates := peft.UpdatesOf(module)
	for _, name := range p.list() {
		headed, has := module.(peft.Headed)
		switch {
		case name == "head" && has:
			names = append(names, headed.Head().Names()...)
		case name == "head":
		case name == "A" && len(updates) > 0:
			for _, u := range updates {
				names = append(names, u.A.Name)
			}
		case name == "B" && len(updates) > 0:
			for _, u := range updates {
				names = append(names, u.B.Name)
			}
		default:
			names = append(names, name)
		}
	}
	return names
}

// Part is the private part of a module that fits.
func (p Private) Part(module peft.Module) peft.Layout {
	return module.Layout().Only(p.tensors(module)...)
}

// Averaged is the part that is not private.
func (p Private) Averaged(module peft.Module) peft.Layout {
	return module.Layout().Minus(p.Part(module))
}

// Mixed is the averaged part in phi with the client's own private part, which starts at the initial weights: a vector
// to work on. phi is the averaged part alone, as Average sends it, or all global parameters, as predicting has them.
func (p Private) Mixed(c *fed.Client, phi []float32) []float32 {
	private, mixed := p.Part(c.Module()), Unpack(c, p.Averaged(c.Module()), phi)
	private.Put(mixed, c.Kept("private", private.Take(c.Initial())))
	return mixed
}

// Answer keeps the private part of phi, and answers with both parts to what Average asks. Where momentum is handed on,
// that of the private part is not.
func (p Private) Answer(c *fed.Client, answer fed.Message, phi []float32) fed.Message {
	private := p.Part(c.Module()).Take(phi)
	c.Keep("private", private)
	Forget(answer, p.Part(c.Module()))
	return answer.With("phi", p.Averaged(c.Module()).Take(phi)).With("private", private)
}

// Average performs  φ ← Σ_k (n_k/n) φ_k  over the answers to a question, which holds no private part. The clients'
// private parts are averaged for the global figures alone, a convention: what is sent for that is not counted, and no
// client ever sees it.
func (p Private) Average(r *fed.Round, ask fed.Ask) error {
	private, averaged := p.Part(r.Module()), p.Averaged(r.Module())
	ask = Sending(r, ask, averaged.Take(r.Shared["phi"]))
	ask.Aside = append(ask.Aside, "private")
	mean, err := r.Average(ask, "phi", "private")
	if err != nil {
		return err
	}
	phi := slices.Clone(r.Shared["phi"])
	averaged.Put(phi, mean["phi"])
	private.Put(phi, mean["private"])
	r.Shared["phi"] = phi
	return nil
}

// Personal is ℓ(averaged part, private part of the client's own).
func (p Private) Personal(c *fed.Client, shared fed.Message) fed.Model {
	return fed.Model{fed.Of(p.Mixed(c, shared["phi"]))}
}
