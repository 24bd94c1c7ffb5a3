package lab

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/option"
)

// Spec resolves settings: defaults < preset < given. An option that is given and that nothing in the run reads is an
// error, which names what does read it.
func (t Tables) Spec(given Settings) (Spec, error) {
	s, _, err := t.resolve(nil, given, true)
	return s, err
}

// resolve resolves defaults < preset < shared < own. Those of shared may be meant for other runs; unread lists them. If
// strict, those of own must be read. A preset that own names stands between shared and own; it replaces the preset of
// shared. A preset sets what the run reads.
func (t Tables) resolve(shared, own Settings, strict bool) (s Spec, unread []string, err error) {
	if err := errors.Join(t.known(shared), t.known(own)); err != nil {
		return s, nil, err
	}
	s.General, s.tables = DefaultGeneral(), t
	for _, f := range option.Fields(s.General) { // what is read depends on names and files
		if all := own.Over(shared); all[f.Name] != nil {
			if err := all.set(&s.General, f.Name); err != nil {
				return s, nil, err
			}
		}
	}
	if err := t.choose(&s); err != nil {
		return s, nil, err
	}
	preset, err := t.preset(s.Preset)
	if err != nil {
		return s, nil, err
	}
	before, between := preset.settings(s.Module), Settings(nil)
	if own["preset"] != nil && len(shared) > 0 {
		before, between = nil, before
	}
	names := s.General
	s.General = DefaultGeneral()
	s.Preset, s.Method, s.Module, s.Loss = names.Preset, names.Method, names.Module, names.Loss
	s.Partition, s.Tail, s.File = names.Partition, names.Tail, names.File
	for i, layer := range []Settings{before, shared, between, own} {
		for _, name := range layer.names() {
			targets := s.targets(name)
			switch {
			case len(targets) > 0:
			case i == 1:
				unread = append(unread, name)
			case i == 3 && strict:
				return s, nil, t.refuse(&s, name)
			}
			for _, target := range targets {
				if err := layer.set(target, name); err != nil {
					return s, nil, err
				}
			}
		}
	}
	return s, unread, s.validate()
}

// choose finds the rows that the spec names and makes the plug-ins' options, as far as the run reads them.
func (t Tables) choose(s *Spec) (err error) {
	rows := map[string]any{}
	names := map[string]string{
		"partition": s.Partition, "tail": s.Tail, "method": s.Method, "module": s.Module, "loss": s.Loss,
	}
	for _, slot := range t.Slots(s.Module) {
		row, err := slot.find(names[slot.Name])
		if err != nil {
			return err
		}
		rows[slot.Name] = row.Options
	}
	for _, e := range t.Methods {
		if e.Name == s.Method {
			s.method = e
		}
	}
	if s.module, err = t.module(s.Module); err != nil {
		return err
	}
	for _, e := range t.Losses {
		if e.Name == s.Loss {
			s.loss = e
		}
	}
	if s.kind, err = partition.FindKind(t.Partitions, s.Partition); err != nil {
		return err
	}
	if s.profile, err = partition.FindProfile(t.Tails, s.Tail); err != nil {
		return err
	}
	s.options = map[string]any{}
	for slot, options := range rows {
		if s.idle(slot) == "" {
			s.options[slot] = options
		}
	}
	return nil
}

// targets are the structs that have the option called name, of those that the run reads.
func (s *Spec) targets(name string) (all []any) {
	for _, f := range option.Fields(s.General) {
		if f.Name == name && s.readsGeneral(f) {
			all = append(all, &s.General)
		}
	}
	for _, slot := range slots {
		if option.Has(s.options[slot], name) {
			all = append(all, s.options[slot])
		}
	}
	return all
}

// validate reports every option that cannot work.
func (s *Spec) validate() error {
	problems := []error{s.General.Validate()}
	for _, slot := range []string{"method", "module", "loss"} {
		if o, ok := s.options[slot].(interface{ Validate() error }); ok {
			problems = append(problems, o.Validate())
		}
	}
	if s.File == "" {
		problems = append(problems, s.division().Validate())
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	return s.fits()
}

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
