package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/fedpurel/fedpurel/train/fault"
)

// setting is one thing that a preset sets, and why.
type setting struct {
	field string // JSON name in Spec
	value any
	why   string
}

// preset is a named list of settings.
type preset struct {
	name, doc string
	settings  []setting
}

// presetNames lists the presets.
func presetNames() []string { return []string{"default", "paper", "released"} }

// presetFor returns what a preset sets for a module. Facts about the release are those of the authors' code, except
// where the reason says inferred.
func presetFor(name, module string) (preset, error) {
	switch name {
	case "default":
		return preset{name, "fedpurel's own: the method of the paper, alternating stages, rates found on development draws of the sample set", nil}, nil
	case "paper":
		return preset{name, "the paper's text, its algorithm box read literally", []setting{
			{"lr", 0.001, "the paper's rate"},
			{"personal_lr", 0.001, "the paper's rate"},
			{"align", "tkl", "temperature-aligned KL for every kind of module"},
			{"scope", "tensor", "the paper writes one vector; its release projects tensor by tensor, and so the figures were made"},
			{"mix", 0.9, "the paper's λ of the personal loss"},
			{"personal_rounds", 40, "two phases; the number is inferred: the release's alternating stages give a client about 41 personal epochs"},
		}}, nil
	case "released":
		s := []setting{
			{"lr", 0.001, "its configuration overrides any other rate"},
			{"personal_lr", 0.001, "same"},
			{"carry_momentum", true, "one optimizer serves the whole simulation, so momentum leaks from client to client"},
			{"drop_last", true, "its loader drops a partial last batch"},
			{"first_round_all", true, "all clients take part in round 0"},
			{"personal_start", "initial", "private branches start from the trainer's initial weights; that these equal the global ones is inferred"},
		}
		switch module {
		case "gate":
			s = append(s,
				setting{"align", "kl", "its adapter uses a soft cross-entropy at temperature 1"},
				setting{"mix", 0.0, "its adapter trains the fused loss alone"})
		case "lora", "projection", "text-lora":
			s = append(s,
				setting{"align", "tkl", "as the paper"},
				setting{"mix", 0.99, "its default; the paper says 0.9"},
				setting{"rank_stable", true, "its LoRA scales by α/√r"},
				setting{"dropout", 0.25, "on the input of LoRA; text-lora has none"})
		default:
			s = append(s,
				setting{"align", "tkl", "as the paper"},
				setting{"mix", 0.99, "its default; the paper says 0.9"})
		}
		return preset{name, "the authors' code with its quirks, for module " + module, s}, nil
	}
	return preset{}, fault.Usagef("unknown preset %q; known: %s", name, strings.Join(presetNames(), ", "))
}

// apply sets the preset's fields in s.
func (p preset) apply(s Spec) (Spec, error) {
	values := map[string]any{"preset": p.name}
	for _, x := range p.settings {
		values[x.field] = x.value
	}
	data, err := json.Marshal(values)
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	return s, err
}

// explain prints what the presets set, beside the defaults, and then how a spec came out.
func explain(w io.Writer, s Spec) error {
	defaults, err := fieldsOf(defaultSpec())
	if err != nil {
		return err
	}
	resolved, err := fieldsOf(s)
	if err != nil {
		return err
	}
	for _, name := range presetNames() {
		p, err := presetFor(name, s.Module)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s: %s\n", p.name, p.doc)
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, x := range p.settings {
			fmt.Fprintf(t, "  %s\t%v\t(default %v)\t%s\n", x.field, x.value, defaults[x.field], x.why)
		}
		if err := t.Flush(); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "these options resolve to (preset %s):\n", s.Preset)
	for _, field := range specFields() {
		fmt.Fprintf(w, "  %s = %v\n", field, resolved[field])
	}
	return nil
}

// fieldsOf maps the JSON names of a spec to its values.
func fieldsOf(s Spec) (map[string]any, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	var m map[string]any
	return m, json.Unmarshal(data, &m)
}
