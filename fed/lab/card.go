package lab

import (
	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/option"
)

// CardFormat is the version of a model's card.
const CardFormat = 1

// Card is card.json of a model folder: what the model tells apart, what its rows must be, and what was trained how. It
// holds no times, hosts or versions, so that equal runs have equal cards.
type Card struct {
	Format     int              `json:"format"`
	Classes    []string         `json:"classes"`
	Templates  []string         `json:"templates,omitempty"`   // that class names were put into
	Text       string           `json:"text_sha256"`           // of the class embeddings, as an array of the cache
	LogitScale float64          `json:"logit_scale"`           // s
	Dim        int              `json:"dim"`                   // D
	Width      int              `json:"width,omitempty"`       // E, where rows come before the visual projection
	Encoder    *cache.ModelInfo `json:"encoder,omitempty"`     // absent where features were imported
	Orient     string           `json:"orientation,omitempty"` // whose rule turned pictures
	Data       string           `json:"data,omitempty"`        // name of a known set
	Cache      string           `json:"cache_fingerprint"`
	Method     string           `json:"method"`
	Module     string           `json:"module,omitempty"` // absent where nothing was trained
	Options    map[string]any   `json:"options"`          // of method and module, and of how models are evaluated
	Clients    int              `json:"clients"`          // their number
	Names      []string         `json:"names,omitempty"`  // of the clients, where the data has them
	Rounds     int              `json:"rounds"`           // trained
	// Weights are those of the parts of the global model; none where there is none, or nothing was trained.
	Weights []float64  `json:"weights,omitempty"`
	Arrays  cache.File `json:"arrays"` // of the model folder
	// Accuracy is the headline figure after the last round by model: zero_shot, global, personal.
	Accuracy map[string]metric.Num `json:"accuracy,omitempty"`
}

// card describes the models of a run with a result.
func (x *experiment) card(r *metric.Result) Card {
	s, m := &x.spec, x.cache.Manifest
	headline := func(s metric.Score) metric.Num { return metric.Num(s.Value(metric.Headline)) }
	c := Card{
		Format: CardFormat, Classes: m.Classes, Templates: m.Templates, Text: m.Text.SHA256,
		LogitScale: m.LogitScale.Value, Dim: m.Dim, Width: m.Width, Encoder: m.Model, Cache: m.Fingerprint,
		Method: s.Method, Options: map[string]any{}, Clients: len(x.partition.Clients), Names: x.partition.Names,
		Rounds: r.Rounds, Accuracy: map[string]metric.Num{
			"zero_shot": headline(r.ZeroShot.Global),
			"global":    headline(r.Last.Global), "personal": headline(r.Last.Personal),
		},
	}
	if m.Data != nil {
		c.Data, c.Orient = m.Data.Name, m.Data.Orientation
	}
	if s.Trains() {
		c.Module = s.Module
		c.Options["wise"], c.Options["post_adjust"] = s.Wise, s.PostAdjust
	}
	for _, slot := range []string{"method", "module"} {
		for _, o := range option.Fields(s.options[slot]) {
			c.Options[o.Name] = o.Value
		}
	}
	return c
}
