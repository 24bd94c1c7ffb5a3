package frame

import (
	"strings"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Needs reports a module that lacks what a method needs, in words, and lists the modules that have it.
func Needs(module peft.Module, what string, has func(peft.Module) bool) error {
	if has(module) {
		return nil
	}
	var names []string
	for _, e := range peft.Modules {
		probe := peft.Head{Text: f32.New(2, 2), Scale: 1}
		if e.Projects {
			probe.Projection = f32.New(2, 2)
		}
		if has(e.New(probe, e.Options)) {
			names = append(names, e.Name)
		}
	}
	return fault.Usagef("method: the method needs %s: choose --module %s", what, strings.Join(names, ", "))
}
