package lab

import (
	"fmt"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/option"
	"github.com/fedpurel/fedpurel/train/peft"
)

// refuse says who reads an option that a run was given and does not read, and what that run reads instead.
func (t Tables) refuse(s *Spec, name string) error {
	for _, f := range option.Fields(s.General) {
		if f.Name == name {
			lacks := conditions[f.Tag.Get("when")].lacks(s)
			return fault.Usagef("%s is read by %s; %s", option.Flag(name), t.readers(name), lacks)
		}
	}
	var instead []string
	for _, slot := range t.Slots(s.Module) {
		if len(slot.readers(name)) == 0 {
			continue
		}
		say := s.idle(slot.Name)
		if say == "" {
			say = fmt.Sprintf("--%s %v reads %s", slot.Name, s.Value(slot.Name), flags(s.options[slot.Name]))
		}
		instead = append(instead, say)
	}
	return fault.Usagef("%s is read by %s; %s", option.Flag(name), t.readers(name), strings.Join(instead, "; "))
}

// readers says in words what reads an option.
func (t Tables) readers(name string) string {
	for _, f := range option.Fields(General{}) {
		if f.Name == name {
			return conditions[f.Tag.Get("when")].reads
		}
	}
	var all []string
	for _, slot := range t.Slots("") {
		if rows := slot.readers(name); len(rows) > 0 {
			all = append(all, "--"+slot.Name+" "+strings.Join(rows, ", "))
		}
	}
	return strings.Join(all, " and ")
}

// flags lists the options of a struct.
func flags(options any) string {
	var all []string
	for _, name := range option.Names(options) {
		all = append(all, option.Flag(name))
	}
	if all == nil {
		return "no options"
	}
	return strings.Join(all, ", ")
}

// anchors reports options that ask for a zero-shot point of a module that has none.
func (s *Spec) anchors(module peft.Module) error {
	asks := ""
	if s.Wise < 1 {
		asks = "--wise"
	}
	for _, options := range s.options {
		if option.Values(options)["personal_start"] == "zeroshot" {
			asks = "--personal-start"
		}
	}
	if asks == "" || peft.Anchored(module) {
		return nil
	}
	return fault.Usagef("%s is read by modules that have weights that predict zero-shot; "+
		"--module %s has them only where it starts from words: give --prompt-start", asks, s.Module)
}
