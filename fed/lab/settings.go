package lab

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/option"
)

// Settings are options by name, as a spec file holds them, with values that encode as JSON: what somebody chose. What
// is not named is open, and not zero.
type Settings map[string]any

// Over returns these settings on top of base.
func (s Settings) Over(base Settings) Settings {
	all := maps.Clone(base)
	if all == nil {
		all = Settings{}
	}
	maps.Copy(all, s)
	return all
}

// names lists what is set, in order.
func (s Settings) names() []string { return slices.Sorted(maps.Keys(s)) }

// set gives a name of options its value.
func (s Settings) set(options any, name string) error {
	raw, err := json.Marshal(s[name])
	if err != nil { // JSON has no NaN and no infinity
		raw = []byte(fmt.Sprint(s[name]))
	}
	return option.Set(options, name, raw)
}

// ReadSettings reads a spec file: a JSON object with the names of options, or the same in YAML if the file's name says
// so. An unknown name is an error that lists the known ones.
func (t Tables) ReadSettings(path string) (Settings, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Missingf("read spec: %w", err)
	}
	if data, err = asJSON(path, data); err != nil {
		return nil, fault.Usagef("spec %s: %w", path, err)
	}
	s, err := t.settings(data)
	if err != nil {
		return nil, fault.Usagef("spec %s: %w", path, err)
	}
	return s, nil
}

// settings reads a JSON object. Numbers keep all their digits.
func (t Tables) settings(data []byte) (Settings, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var s Settings
	if err := dec.Decode(&s); err != nil {
		if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
			return nil, fmt.Errorf("want options by their names, not one %s", wrong.Value)
		}
		return nil, err
	}
	return s, t.known(s)
}

// known refuses names that are no option of anything.
func (t Tables) known(s Settings) error {
	names := t.OptionNames()
	for _, name := range s.names() {
		if !slices.Contains(names, name) {
			return fault.Unknown("unknown field", name, names)
		}
	}
	return nil
}

// OptionNames lists the options of all plug-ins, the general ones first.
func (t Tables) OptionNames() []string {
	names := option.Names(General{})
	for _, slot := range t.Slots("") {
		for _, row := range slot.Rows {
			for _, name := range option.Names(row.Options) {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	return names
}
