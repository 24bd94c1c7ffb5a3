// Package prompt holds methods that were made for learned prompts. They run on those, and on modules that move the
// class texts in their stead.
package prompt

import (
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train/peft"
)

// fits reports a module that does not move the class texts.
func fits(module peft.Module) error {
	return frame.Needs(module, "a module that moves the class texts", func(m peft.Module) bool {
		_, is := m.(peft.TextSide)
		return is
	})
}

// PromptFL (Guo et al., IEEE TMC 2024) is FedAvg of a prompt: all clients share one context before the class names, or
// what moves the class texts in its stead. From the paper; the authors' code could not be read.
type PromptFL struct{ frame.FedAvg }

// NewPromptFL is PromptFL with its defaults for a module.
func NewPromptFL(m peft.Entry) *PromptFL { return &PromptFL{*frame.NewFedAvg(m)} }

// Fits reports a module that does not move the class texts.
func (PromptFL) Fits(module peft.Module) error { return fits(module) }
