package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/fed/report/told"
)

// originOf is what the folders of runs say of where these come from; what they do not say stays empty.
func originOf(groups []group) (o told.Origin) {
	for _, g := range groups {
		for _, r := range g.runs {
			if m := r.Made; m.Date >= o.Date && m.Date != "" {
				o.Date, o.Command, o.Notes = m.Date, m.Command, m.Notes
			}
			var env struct {
				Program, Go, OS, Arch string
				Workers               int
			}
			if !readFile(&env, r.Dir, envFile) || env.Program == "" {
				continue
			}
			text := fmt.Sprintf("fedpurel %s, %s, %s/%s, %d workers",
				env.Program, env.Go, env.OS, env.Arch, env.Workers)
			if !slices.Contains(o.Environment, text) {
				o.Environment = append(o.Environment, text)
			}
			o.Program = env.Program
		}
	}
	for _, g := range groups {
		var card struct {
			Templates  []string
			LogitScale float64 `json:"logit_scale"`
			Dim        int
			Data       string
			Encoder    struct{ Name, Family, Quantized string }
		}
		if readFile(&card, g.runs[0].Dir, "model", "card.json") && card.Dim > 0 {
			o.Data, o.Encoder, o.Family = card.Data, card.Encoder.Name, families[card.Encoder.Family]
			o.Quantized, o.Templates = card.Encoder.Quantized, card.Templates
			o.Dim, o.Scale = card.Dim, card.LogitScale
			break
		}
	}
	return o
}

// families are encoders' families, as a reader knows them.
var families = map[string]string{"clip": "CLIP", "siglip": "SigLIP"}

// specOf are a run's resolved options, or nil.
func specOf(r *Run) map[string]json.RawMessage {
	var spec map[string]json.RawMessage
	if !readFile(&spec, r.Dir, "spec.json") {
		return nil
	}
	return spec
}

// readFile reads JSON of a run folder that a report can do without.
func readFile(into any, dir string, name ...string) bool {
	data, err := os.ReadFile(filepath.Join(append([]string{dir}, name...)...))
	return err == nil && json.Unmarshal(data, into) == nil
}
