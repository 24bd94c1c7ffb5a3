package frame

import (
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Private says which tensors a client has of its own.
type Private struct {
	Names string `json:"private" usage:"names of tensors that a client has of its own; head: the trainable head"`
}

// Fits reports a module that lacks what is to be private.
func (p Private) Fits(module peft.Module) error {
	known := module.Layout().Names()
	if p.Names == "head" {
		if _, ok := module.(peft.Headed); !ok {
			return fault.Usagef("method: a private head needs a module with a trainable one, "+
				"or --private with names of tensors: %s", strings.Join(known, ", "))
		}
		return nil
	}
	for _, name := range p.list() {
		if !slices.Contains(known, name) {
			return fault.Unknown("method: --private: the module has no tensor", name, known)
		}
	}
	return nil
}

func (p Private) list() []string {
	return strings.FieldsFunc(p.Names, func(r rune) bool { return r == ',' || r == ' ' })
}

// Part is the private part of a module that fits.
func (p Private) Part(module peft.Module) peft.Layout {
	if p.Names == "head" {
		return module.(peft.Headed).Head()
	}
	return module.Layout().Only(p.list()...)
}
