package metric

import (
	"math"
	"strings"
)

// Metric is a row of the table: all that the program knows of one figure. What it computes has a file of its own; the
// row makes it appear in result.json, rounds.jsonl, tables, CSV, figures, help and this folder's README.
type Metric struct {
	Name     string // its key in result.json and rounds.jsonl
	Alias    string // its name in files for other programs, where the key says too little beside others; see Called
	Quantity string // what it is an amount of, as an axis says it; columns of one quantity stand together
	Doc      string // its definition, in one sentence
	Unit     Unit
	Better   Direction
	Scope    Scope
	PerGroup bool               // one number for each group of classes
	Clients  bool               // of the clients' accuracies: a model on the whole test set has none
	Of       func(View) float64 // NaN where it does not exist

	Headings  Headings // of its columns; in a metric per group, {group} stands for the group's name
	Headline  []Model  // of these models, its column is among the few that a narrow terminal shows
	Legend    string   // what the note under a table says of it, if the heading does not say all
	Curve     string   // caption of its figure over the rounds, if it has one; {balance} stands for σ and power
	ReleaseOf string   // the metric that the authors' release forms in this way: not for comparison, in its own table
}

// Unit is how a metric is shown. Values are stored as fractions, nats or plain numbers.
type Unit string

// The units.
const (
	Share Unit = "%" // a fraction of 1
	Nats  Unit = "nats"
	Plain Unit = ""
)

// Times is the factor from a stored value to the unit.
func (u Unit) Times() float64 {
	if u == Share {
		return 100
	}
	return 1
}

// Direction says which of two values is better.
type Direction string

// The directions.
const (
	Higher  Direction = "higher"
	Lower   Direction = "lower"
	Neither Direction = "neither"
)

// Beats reports whether a is better than b. Equal values do not beat each other, nor does anything where neither
// direction is better; NaN never beats.
func (d Direction) Beats(a, b float64) bool {
	switch d {
	case Higher:
		return a > b
	case Lower:
		return a < b
	default:
		return false
	}
}

// Scope says what a metric is measured of.
type Scope string

// The scopes.
const (
	OfModels     Scope = "models"     // of each of Models; stands in result.json under the model's name
	FromZeroShot Scope = "divergence" // of the global model beside zero-shot; stands beside the models
)

// Model names what is scored.
type Model string

// The models, in the order of result.json.
const (
	Global   Model = "global"   // the global model on the whole test set
	OnLocal  Model = "on_local" // the global model on each client's own test images
	Personal Model = "personal" // each client's personal model on its own test images
)

// Models lists the models.
func Models() []Model { return []Model{Global, OnLocal, Personal} }

// Headings are the columns of the main table in which a metric is shown, by model. A metric of FromZeroShot has one, of
// the global model.
type Headings map[Model]string

// Called is the metric's name in files for other programs, where its model and group stand beside it.
func (m Metric) Called() string {
	if m.Alias != "" {
		return m.Alias
	}
	return m.Name
}

// Axis is the label of an axis: quantity and unit.
func (m Metric) Axis() string {
	if m.Unit == Plain {
		return m.Quantity
	}
	return m.Quantity + " (" + string(m.Unit) + ")"
}

// Heading is the heading of the metric's column for a model and, in a metric per group, for the group; empty if it is
// not shown.
func (m Metric) Heading(model Model, group string) string {
	return strings.ReplaceAll(m.Headings[model], "{group}", group)
}

// View is what a metric is formed of: everything that was counted of one model, merged.
type View struct {
	Counts             // over all test images; of a model on clients, pooled over them
	Clients []Hits     // of each client's own test images; nil for a model on the whole test set
	Groups  []Group    // of the classes
	Group   Group      // the one that a metric per group is asked about
	Balance Balance    // constants of balancedness
	Moved   Divergence // from zero-shot; empty where it was not measured
}

// entry is the metric's entry in a score.
func (m Metric) entry(v View) Entry {
	e := Entry{Name: m.Name, Value: math.NaN()}
	exists := !m.Clients || v.Clients != nil
	of := func(g Group) float64 {
		if !exists {
			return math.NaN()
		}
		v.Group = g
		return m.Of(v)
	}
	if !m.PerGroup {
		e.Value = of(Group{})
		return e
	}
	e.Groups = make([]float64, len(v.Groups))
	for i, g := range v.Groups {
		e.Groups[i] = of(g)
	}
	return e
}
