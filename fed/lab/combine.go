package lab

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/option"
)

// Addition is what a method can wear. Its name stands behind a plus sign, as in fedavg+la+residual, and for settings:
// what reads these can wear it.
type Addition struct {
	Name, Title, Doc string
	Settings         Settings
}

// additions is the table, in the order in which they are named.
func additions() []Addition {
	return []Addition{
		{"fedlc", "FedLC", "FedLC's calibrated loss, by each client's own class counts", Settings{"loss": "fedlc"}},
		{"focal", "focal loss", "the focal loss: samples that are right already count less", Settings{"loss": "focal"}},
		{"inbatch", "in-batch loss", "CLIP's own loss, on a batch's images and the texts of their classes",
			Settings{"loss": "inbatch"}},
		{"la", "LA", "logit adjustment of the task loss by everybody's class shares",
			Settings{"loss": "adjusted", "prior": "global"}},
		{"la-estimated", "estimated LA", "logit adjustment by shares that the server reads off an update of the head",
			Settings{"loss": "adjusted", "prior": "estimated"}},
		{"la-local", "local LA", "logit adjustment by each client's own class shares",
			Settings{"loss": "adjusted", "prior": "local"}},
		{"la-post", "post-hoc LA", "logit adjustment of predictions alone", Settings{"post_adjust": 1.0}},
		{"ldam", "LDAM", "margins of each client's rare classes", Settings{"loss": "ldam", "drw_beta": 0.0}},
		{"ldam-drw", "LDAM-DRW", "the same, and classes weighted in the last fifth of the rounds",
			Settings{"loss": "ldam"}},
		{"residual", "residual", "FedPuReL's second stage: a branch of each client's own on top of the global model",
			Settings{"personal": residual}},
		{"wise", "WiSE-FT", "predictions by weights halfway to zero-shot", Settings{"wise": 0.5}},
	}
}

func (t Tables) additionNames() []string {
	var names []string
	for _, a := range t.Additions {
		names = append(names, a.Name)
	}
	return names
}

// Worn splits a name of a method that wears something, such as fedavg+la. The additions come in the table's order.
func (t Tables) Worn(name string) (base string, all []Addition, err error) {
	parts := strings.Split(name, "+")
	for _, part := range parts[1:] {
		if !slices.Contains(t.additionNames(), part) {
			what := "method: " + name + ": nothing that methods wear is called"
			return "", nil, fault.Unknown(what, part, t.additionNames())
		}
	}
	for _, a := range t.Additions {
		if slices.Contains(parts[1:], a.Name) {
			all = append(all, a)
		}
	}
	if len(all) < len(parts)-1 {
		return "", nil, fault.Usagef("method: %s wears something twice", name)
	}
	return parts[0], all, nil
}

// dress puts the settings that stand for what a method wears in place of their names. Such a run's label is the name
// of the whole, unless it has one.
func (t Tables) dress(s Settings) (Settings, error) {
	name, _ := s["method"].(string)
	if !strings.Contains(name, "+") {
		return s, nil
	}
	base, all, err := t.Worn(name)
	if err != nil {
		return nil, err
	}
	out, label := Settings{"method": base}.Over(s), base
	for _, a := range all {
		label += "+" + a.Name
		for _, key := range a.Settings.names() {
			was, given := out[key]
			if given && fmt.Sprint(was) != fmt.Sprint(a.Settings[key]) {
				return nil, fault.Usagef("--method %s: +%s is %s %v, and %v is asked for, too",
					name, a.Name, option.Flag(key), a.Settings[key], was)
			}
			out[key] = a.Settings[key]
		}
	}
	if out["label"] == nil || out["label"] == "" {
		out["label"] = label
	}
	return out, nil
}

// unworn is why an option is refused, with the addition that it is of, unless that was asked for by its own name.
func (t Tables) unworn(asked Settings, option string, why error) error {
	name, _ := asked["method"].(string)
	base, all, err := t.Worn(name)
	if _, given := asked[option]; given || err != nil {
		return why
	}
	for _, a := range all {
		if _, of := a.Settings[option]; of {
			return fault.Usagef("--method %s: %s cannot wear %s: %w", name, base, a.Name, why)
		}
	}
	return why
}

// Title is what tables call the run's row: its label, or the method's title and those of what it wears.
func (s *Spec) Title() string {
	base, all, err := s.tables.Worn(s.Label)
	switch {
	case s.Label == "":
		base, all = s.Method, nil
	case err != nil || base != s.Method || all == nil:
		return s.Label
	}
	title := s.method.Title
	if title == "" {
		title = base
	}
	for _, a := range all {
		title += " + " + a.Title
	}
	return title
}

// Reveals is what clients' messages say of their data beside parameters.
func (s *Spec) Reveals() string {
	if !s.Trains() {
		return ""
	}
	var all []string
	if s.method.Reveals != "" {
		all = append(all, s.method.Reveals)
	}
	say := ""
	if loss := s.taskLoss(); s.wears() {
		say = loss.Reveals(loss.Options)
	}
	if s.PostAdjust > 0 { // by everybody's shares
		say = "class counts"
	}
	if say != "" {
		all = append(all, say)
	}
	return strings.Join(all, ", ")
}
