package lab

import (
	"github.com/fedpurel/fedpurel/train/fault"
)

// Setting is one thing that a preset sets, and why. A run that does not read the option is left alone.
type Setting struct {
	Name   string // of the option
	Value  any
	Why    string
	Module string // for this module alone, where it stands in place of what is said for all
}

// Preset is a named list of settings.
type Preset struct {
	Name, Doc string
	Settings  []Setting
}

// presets are the built-in ones. Facts about the release are those of the authors' code, except where the reason says
// inferred.
func presets() []Preset {
	protocol := []Setting{
		{Name: "partition", Value: "dirichlet", Why: "the paper's protocol, whatever the data names"},
		{Name: "clients", Value: 20, Why: "the paper's number"},
		{Name: "tail", Value: "exponential", Why: "the paper cuts a balanced set; images beyond the tail are left out"},
		{Name: "imbalance", Value: 100, Why: "the paper's main imbalance factor"},
	}
	return []Preset{
		{"default", "fedpurel's own: the method of the paper, alternating stages, " +
			"rates found on development draws of the sample set", nil},
		{"paper", "the paper's text, its algorithm box read literally", append([]Setting{
			{Name: "lr", Value: 0.001, Why: "the paper's rate"},
			{Name: "personal_lr", Value: 0.001, Why: "the paper's rate"},
			{Name: "align", Value: "tkl", Why: "temperature-aligned KL for every kind of module"},
			{Name: "scope", Value: "tensor", Why: "the paper writes one vector; " +
				"its release projects tensor by tensor, and so the figures were made"},
			{Name: "mix", Value: 0.9, Why: "the paper's λ of the personal loss"},
			{Name: "prompt_tokens", Value: 4, Why: "the paper's context: four tokens from N(0, 0.02²) before the name"},
			{Name: "prompt_start", Value: "", Why: "same"},
			{Name: "personal_rounds", Value: 40, Why: "two phases; the number is inferred: the release's alternating " +
				"stages give a client about 41 personal epochs"},
		}, protocol...)},
		{"released", "the authors' code with its quirks", append([]Setting{
			{Name: "lr", Value: 0.001, Why: "its configuration overrides any other rate"},
			{Name: "personal_lr", Value: 0.001, Why: "same"},
			{Name: "carry_momentum", Value: true, Why: "one optimizer serves the whole simulation, so momentum leaks " +
				"from client to client"},
			{Name: "drop_last", Value: true, Why: "its loader drops a partial last batch"},
			{Name: "first_round_all", Value: true, Why: "all clients take part in round 0"},
			{Name: "personal_start", Value: "initial", Why: "private branches start from the trainer's " +
				"initial weights; that these equal the global ones is inferred"},
			{Name: "align", Value: "tkl", Why: "as the paper"},
			{Name: "align", Value: "kl", Why: "its adapter uses a soft cross-entropy at temperature 1", Module: "gate"},
			{Name: "mix", Value: 0.99, Why: "its default; the paper says 0.9"},
			{Name: "mix", Value: 0.0, Why: "its adapter trains the fused loss alone", Module: "gate"},
			{Name: "prompt_tokens", Value: 4, Why: "its context, as the paper's; it keeps it in float16, " +
				"which is not done here"},
			{Name: "prompt_start", Value: "", Why: "its context begins at N(0, 0.02²)"},
			{Name: "rank_stable", Value: true, Why: "its LoRA scales by α/√r"},
			{Name: "dropout", Value: 0.25, Why: "on the input of LoRA"},
		}, protocol...)},
		{"creff-released", "what CReFF's authors do at the server; all else as by default", []Setting{
			{Name: "creff_features", Value: 100, Why: "its default"},
			{Name: "creff_steps", Value: 100, Why: "its default"},
			{Name: "creff_feature_lr", Value: 0.1, Why: "its option lr_feature; the optimizer reads another name"},
			{Name: "creff_epochs", Value: 300, Why: "its default: epochs, not steps"},
			{Name: "creff_lr", Value: 0.01, Why: "its default"},
			{Name: "creff_start", Value: "normal", Why: "features from N(0,1), every head drawn anew"},
		}},
	}
}

// PresetNames lists the presets.
func (t Tables) PresetNames() []string {
	var names []string
	for _, p := range t.Presets {
		names = append(names, p.Name)
	}
	return names
}

func (t Tables) preset(name string) (Preset, error) {
	for _, p := range t.Presets {
		if p.Name == name {
			return p, nil
		}
	}
	return Preset{}, fault.Unknown("unknown preset", name, t.PresetNames())
}

// For lists what the preset sets for a module.
func (p Preset) For(module string) []Setting {
	own := map[string]bool{}
	for _, x := range p.Settings {
		own[x.Name] = own[x.Name] || x.Module == module
	}
	var all []Setting
	for _, x := range p.Settings {
		if x.Module == module || x.Module == "" && !own[x.Name] {
			all = append(all, x)
		}
	}
	return all
}

func (p Preset) settings(module string) Settings { return settings(p.For(module)) }

// settings are the values of a list.
func settings(all []Setting) Settings {
	s := Settings{}
	for _, x := range all {
		s[x.Name] = x.Value
	}
	return s
}
