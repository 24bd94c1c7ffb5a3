package lab

import (
	"slices"

	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/method/purel"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/option"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Tables are the plug-ins that specs may name. A program with plug-ins of its own adds rows to those of Default.
type Tables struct {
	Methods    []method.Entry
	Modules    []peft.Entry
	Losses     []train.LossEntry
	Partitions []partition.Kind
	Tails      []partition.Profile
	Metrics    metric.Table
	Presets    []Preset
	Additions  []Addition
}

// Default is everything that is built in. The slices are the caller's own.
func Default() Tables {
	return Tables{
		Methods: slices.Clone(method.Methods), Modules: slices.Clone(peft.Modules), Losses: slices.Clone(train.Losses),
		Partitions: slices.Clone(partition.Kinds), Tails: slices.Clone(partition.Profiles),
		Metrics: metric.All(), Presets: presets(), Additions: additions(),
	}
}

// residual names the personal stage that methods can wear.
const residual = "residual"

// Row is what all plug-ins have in common: a name, and a pointer to a struct with the default options, see package
// option. What the options read depends on the module in methods, whose rates are the module's.
type Row struct {
	Name, Doc string
	Options   any
}

// Slot is a kind of plug-in, of which a spec names one.
type Slot struct {
	Name string // of the general option that names the plug-in
	Rows []Row
}

// Slots lists all plug-ins by kind. Methods have the defaults that they have for the module called module.
func (t Tables) Slots(module string) []Slot {
	var partitions, tails, methods, personal, modules, losses []Row
	for _, e := range t.Partitions {
		partitions = append(partitions, Row{e.Name, e.Doc, e.New()})
	}
	for _, e := range t.Tails {
		tails = append(tails, Row{e.Name, e.Doc, e.New()})
	}
	of, _ := t.module(module) // an unknown one has no rates
	for _, e := range t.Methods {
		row := Row{e.Name, e.Doc, nil}
		if e.New != nil {
			row.Options = e.New(of)
		}
		methods = append(methods, row)
	}
	personal = []Row{
		{"own", "what the method gives a client", nil},
		{residual, "a branch of its own on top of the global model: FedPuReL's second stage", purel.NewResidual(of)},
	}
	for _, e := range t.Modules {
		modules = append(modules, Row{e.Name, e.Doc, option.Copy(e.Options)})
	}
	for _, e := range t.Losses {
		losses = append(losses, Row{e.Name, e.Doc, option.Copy(e.Options)})
	}
	return []Slot{
		{"partition", partitions}, {"tail", tails}, {"method", methods}, {"personal", personal}, {"module", modules},
		{"loss", losses},
	}
}

// Names lists the slot's plug-ins.
func (s Slot) Names() []string {
	var names []string
	for _, r := range s.Rows {
		names = append(names, r.Name)
	}
	return names
}

// readers lists the slot's plug-ins that read an option.
func (s Slot) readers(name string) []string {
	var names []string
	for _, r := range s.Rows {
		if option.Has(r.Options, name) {
			names = append(names, r.Name)
		}
	}
	return names
}

// nouns are what the packages of the tables call their rows.
var nouns = map[string]string{
	"method": "method: unknown method", "module": "peft: unknown module", "loss": "train: unknown loss",
	"personal": "method: unknown personal model", "partition": "partition: unknown kind",
	"tail": "partition: unknown long tail",
}

// find returns the row called name; an unknown name is an error that lists the known ones.
func (s Slot) find(name string) (Row, error) {
	if i := slices.Index(s.Names(), name); i >= 0 {
		return s.Rows[i], nil
	}
	return Row{}, fault.Unknown(nouns[s.Name], name, s.Names())
}

func (t Tables) module(name string) (peft.Entry, error) {
	for _, e := range t.Modules {
		if e.Name == name {
			return e, nil
		}
	}
	return peft.Entry{}, fault.Usagef("peft: unknown module %q", name)
}
