package lab

import (
	"errors"

	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/option"
	"github.com/fedpurel/fedpurel/train/seed"
)

// Spec resolves settings: defaults < data < preset < given. Where the cache that they name is there, what it holds
// decides what is open of tail, partition, number of clients and learning rates. An option that is given and that
// nothing in the run reads is an error, which names what does read it.
func (t Tables) Spec(given Settings) (Spec, error) {
	s, _, err := t.resolve(looks{}, nil, given, true)
	return s, err
}

// resolve resolves defaults < data < preset < shared < own. Those of shared may be meant for other runs; unread lists
// them. If strict, those of own must be read. A preset sets what the run reads. One that own names stands between
// shared and own, in place of the preset of shared, and leaves alone who owns which image: that is shared.
func (t Tables) resolve(seen looks, shared, own Settings, strict bool) (s Spec, unread []string, err error) {
	asked := own
	if own, err = t.dress(asked); err != nil {
		return s, nil, err
	}
	if err := errors.Join(t.known(shared), t.known(own)); err != nil {
		return s, nil, err
	}
	s.General, s.tables = DefaultGeneral(), t
	if err := s.take(own.Over(shared)); err != nil {
		return s, nil, err
	}
	before, between, err := t.fromPresets(&s, shared, own)
	if err != nil {
		return s, nil, err
	}
	chosen := own.Over(shared.Over(before))
	d := seen.at(s.Cache)
	s.follows = follow(d, chosen)
	data := settings(s.follows)
	if err := s.take(own.Over(between.Over(shared.Over(before.Over(data))))); err != nil {
		return s, nil, err
	}
	if err := t.choose(&s); err != nil { // what is read depends on names and files
		return s, nil, err
	}
	names := s.General
	s.General = DefaultGeneral()
	s.Preset, s.Method, s.Module, s.Loss = names.Preset, names.Method, names.Module, names.Loss
	s.Personal = names.Personal
	s.Partition, s.Tail, s.File, s.Unseen = names.Partition, names.Tail, names.File, names.Unseen
	for i, layer := range []Settings{data, before, shared, between, own} {
		for _, name := range layer.names() {
			targets := s.targets(name)
			switch {
			case len(targets) > 0:
			case i == 2:
				unread = append(unread, name)
			case i == 4 && strict:
				return s, nil, t.unworn(asked, name, t.refuse(&s, name))
			}
			for _, target := range targets {
				if err := layer.set(target, name); err != nil {
					return s, nil, err
				}
			}
		}
	}
	if err := s.validate(d); err != nil {
		return s, unread, err
	}
	if tail, ok := s.options["tail"].(partition.Tail); ok && d != nil && !s.kind.Named && chosen["clients"] == nil {
		counted := d.fewer(tail, seed.Root(s.DataSeed))
		s.follows = append(s.follows, counted...)
		for _, x := range counted {
			s.Clients = x.Value.(int)
		}
	}
	if d == nil {
		return s, unread, nil
	}
	bounded, err := t.restrain(&s, d, own.Over(between.Over(chosen)))
	if err != nil {
		return s, unread, err
	}
	s.follows = append(s.follows, bounded...)
	for name := range settings(bounded) {
		for _, target := range s.targets(name) {
			if err := settings(bounded).set(target, name); err != nil {
				return s, unread, err
			}
		}
	}
	return s, unread, nil
}

// fromPresets are the settings of the presets, to stand before and after those that are shared.
func (t Tables) fromPresets(s *Spec, shared, own Settings) (before, between Settings, err error) {
	preset, err := t.preset(s.Preset)
	if err != nil {
		return nil, nil, err
	}
	before = preset.settings(s.Module)
	if own["preset"] == nil || len(shared) == 0 {
		return before, Settings{}, nil
	}
	_, between = t.Dividing(before)
	others := Spec{General: DefaultGeneral()}
	if err = others.take(shared); err == nil {
		preset, err = t.preset(others.Preset)
	}
	before, _ = t.Dividing(preset.settings(s.Module))
	return before, between, err
}

// take gives the general options the values of settings, whether or not the run reads them.
func (s *Spec) take(all Settings) error {
	for _, f := range option.Fields(s.General) {
		if all[f.Name] != nil {
			if err := all.set(&s.General, f.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// Dividing parts settings into those that say who owns which image, and the rest.
func (t Tables) Dividing(all Settings) (these, others Settings) {
	these, others = Settings{}, Settings{}
	of := map[string]bool{}
	for _, f := range option.Fields(General{}) {
		of[f.Name] = f.Tag.Get("group") == "data"
	}
	for _, slot := range t.Slots("") {
		for _, row := range slot.Rows {
			for _, name := range option.Names(row.Options) {
				of[name] = of[name] || slot.Name == "partition" || slot.Name == "tail"
			}
		}
	}
	for name, value := range all {
		if of[name] {
			these[name] = value
		} else {
			others[name] = value
		}
	}
	return these, others
}

// choose finds the rows that the spec names and makes the plug-ins' options, as far as the run reads them.
func (t Tables) choose(s *Spec) (err error) {
	rows := map[string]any{}
	names := map[string]string{
		"partition": s.Partition, "tail": s.Tail, "method": s.Method, "personal": s.Personal, "module": s.Module,
		"loss": s.Loss,
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

// validate reports every option that cannot work, on the data, if that is known.
func (s *Spec) validate(d *data) error {
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
	return s.fits(d)
}
