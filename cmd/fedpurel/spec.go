package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Spec is everything that decides the result of a training run, and nothing else. It is read from a --spec file,
// overridden by flags, completed from the module's defaults, and saved as spec.json.
type Spec struct {
	Cache       string  `json:"cache"`
	Method      string  `json:"method"`
	Module      string  `json:"module"`
	Rounds      int     `json:"rounds"`
	Clients     int     `json:"clients"`
	Fraction    float64 `json:"fraction"`
	Imbalance   float64 `json:"imbalance"`
	Beta        float64 `json:"beta"`
	Partition   string  `json:"partition"`
	LR          float64 `json:"lr"`
	PersonalLR  float64 `json:"personal_lr"`
	Momentum    float64 `json:"momentum"`
	WeightDecay float64 `json:"weight_decay"`
	Batch       int     `json:"batch"`
	Rank        int     `json:"rank"`
	Alpha       float64 `json:"alpha"`
	Align       string  `json:"align"`
	Lambda      float64 `json:"purify_lambda"`
	Mix         float64 `json:"mix"`
	Seed        uint64  `json:"seed"`
	DataSeed    uint64  `json:"data_seed"`
	EvalEvery   int     `json:"eval_every"`
	Sigma       float64 `json:"sigma"`
	Power       float64 `json:"power"`
}

// defaultSpec is where every run starts. Learning rates of zero stand for the module's own, see peft.
func defaultSpec() Spec {
	p, m := partition.Default(), peft.DefaultOptions()
	return Spec{
		Method: "fedpurel", Module: "lora", Rounds: 100, Clients: p.Clients, Fraction: 0.4, Imbalance: p.Imbalance, Beta: p.Beta, Partition: p.Kind,
		Momentum: 0.9, WeightDecay: 5e-4, Batch: 32, Rank: m.Rank, Alpha: m.Alpha, Align: "tkl", Lambda: 1, Mix: 0.9, Seed: 1, DataSeed: 1, EvalEvery: 1,
		Sigma: metric.DefaultBalance.Sigma, Power: metric.DefaultBalance.Power,
	}
}

// option ties a flag to its field of Spec.
type option struct {
	flag cli.Flag
	set  func(*Spec, *cli.Context)
}

// trainOptions is the table of the training flags; the cache, method and seed flags differ between train and compare.
func trainOptions() []option {
	d := defaultSpec()
	text := func(name, usage, value string, at func(*Spec) *string) option {
		return option{&cli.StringFlag{Name: name, Usage: usage, Value: value}, func(s *Spec, c *cli.Context) { *at(s) = c.String(name) }}
	}
	count := func(name, usage string, value int, at func(*Spec) *int) option {
		return option{&cli.IntFlag{Name: name, Usage: usage, Value: value}, func(s *Spec, c *cli.Context) { *at(s) = c.Int(name) }}
	}
	real := func(name, usage string, value float64, at func(*Spec) *float64) option {
		return option{&cli.Float64Flag{Name: name, Usage: usage, Value: value}, func(s *Spec, c *cli.Context) { *at(s) = c.Float64(name) }}
	}
	seed := func(name, usage string, value uint64, at func(*Spec) *uint64) option {
		return option{&cli.Uint64Flag{Name: name, Usage: usage, Value: value}, func(s *Spec, c *cli.Context) { *at(s) = c.Uint64(name) }}
	}
	return []option{
		text("module", "what is trained on the features: "+strings.Join(peft.Names(), ", "), d.Module, func(s *Spec) *string { return &s.Module }),
		count("rounds", "communication rounds", d.Rounds, func(s *Spec) *int { return &s.Rounds }),
		count("clients", "number of clients K", d.Clients, func(s *Spec) *int { return &s.Clients }),
		real("fraction", "share of the clients that take part in a round", d.Fraction, func(s *Spec) *float64 { return &s.Fraction }),
		real("imbalance", "largest class over smallest class, IF; 1 keeps the data balanced", d.Imbalance, func(s *Spec) *float64 { return &s.Imbalance }),
		real("beta", "Dirichlet concentration of the partition; smaller makes clients differ more", d.Beta, func(s *Spec) *float64 { return &s.Beta }),
		text("partition", "how the data is dealt to clients: "+strings.Join(partition.Names(), ", "), d.Partition, func(s *Spec) *string { return &s.Partition }),
		real("lr", "learning rate of the global module (0: the module's own)", d.LR, func(s *Spec) *float64 { return &s.LR }),
		real("personal-lr", "learning rate of the personal residual (0: the module's own)", d.PersonalLR, func(s *Spec) *float64 { return &s.PersonalLR }),
		real("momentum", "momentum of the global stage", d.Momentum, func(s *Spec) *float64 { return &s.Momentum }),
		real("weight-decay", "weight decay of the global stage", d.WeightDecay, func(s *Spec) *float64 { return &s.WeightDecay }),
		count("batch", "mini-batch size", d.Batch, func(s *Spec) *int { return &s.Batch }),
		count("rank", "rank r of module lora", d.Rank, func(s *Spec) *int { return &s.Rank }),
		real("alpha", "scale α of module lora, which multiplies by α/r", d.Alpha, func(s *Spec) *float64 { return &s.Alpha }),
		text("align", "alignment loss of the purification: tkl (temperature-aligned) or kl", d.Align, func(s *Spec) *string { return &s.Align }),
		real("purify-lambda", "strength λ of the gradient projection; 0 turns it off", d.Lambda, func(s *Spec) *float64 { return &s.Lambda }),
		real("mix", "weight α of the personal loss in stage 2; the fused loss has 1−α", d.Mix, func(s *Spec) *float64 { return &s.Mix }),
		seed("data-seed", "seed of long tail and partition", d.DataSeed, func(s *Spec) *uint64 { return &s.DataSeed }),
		count("eval-every", "rounds between evaluations; the last ten rounds are always evaluated", d.EvalEvery, func(s *Spec) *int { return &s.EvalEvery }),
		real("sigma", "σ of balancedness", d.Sigma, func(s *Spec) *float64 { return &s.Sigma }),
		real("power", "exponent of balancedness, 1 or 2", d.Power, func(s *Spec) *float64 { return &s.Power }),
	}
}

// flagsOf lists the flags of a table of options.
func flagsOf(options []option) []cli.Flag {
	flags := []cli.Flag{&cli.StringFlag{Name: "spec", Usage: "JSON `FILE` with any of these options; flags override it"}}
	for _, o := range options {
		flags = append(flags, o.flag)
	}
	return flags
}

// readSpec resolves defaults < spec file < flags < module defaults.
func readSpec(c *cli.Context, options []option) (Spec, error) {
	s := defaultSpec()
	if path := c.String("spec"); path != "" {
		if err := s.merge(path); err != nil {
			return s, err
		}
	}
	for _, o := range options {
		if c.IsSet(o.flag.Names()[0]) {
			o.set(&s, c)
		}
	}
	return s.resolve()
}

// merge overrides s with the fields that a JSON file names. An unknown field is an error that lists the known ones.
func (s *Spec) merge(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fault.Missingf("read spec: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(s); err != nil {
		return fault.Usagef("spec %s: %w; known fields: %s", path, err, strings.Join(specFields(), ", "))
	}
	return nil
}

// specFields lists the JSON names of Spec.
func specFields() []string {
	var names []string
	t := reflect.TypeFor[Spec]()
	for i := range t.NumField() {
		names = append(names, t.Field(i).Tag.Get("json"))
	}
	return names
}

// resolve fills in what depends on other options and checks the whole.
func (s Spec) resolve() (Spec, error) {
	module, err := peft.Find(s.Module)
	if err != nil {
		return s, err
	}
	if s.LR == 0 {
		s.LR = module.LR
	}
	if s.PersonalLR == 0 {
		s.PersonalLR = module.PersonalLR
	}
	_, err = method.Find(s.Method)
	switch {
	case err != nil:
	case s.Cache == "":
		err = fault.Usagef("no cache named; give --cache DIR (made by `fedpurel featurize` or `fedpurel cache import`)")
	case s.Rounds < 1:
		err = fault.Usagef("--rounds %d must be at least 1", s.Rounds)
	case !(s.Fraction > 0 && s.Fraction <= 1):
		err = fault.Usagef("--fraction %v must lie in (0,1]", s.Fraction)
	case s.EvalEvery < 1:
		err = fault.Usagef("--eval-every %d must be at least 1", s.EvalEvery)
	case !(s.Sigma > 0) || !(s.Power > 0):
		err = fault.Usagef("--sigma %v and --power %v must be positive", s.Sigma, s.Power)
	}
	return s, errors.Join(err, s.methodOptions().Validate(), s.partitionOptions().Validate(), s.moduleOptions().Validate())
}

func (s Spec) methodOptions() method.Options {
	return method.Options{
		Batch: s.Batch, Align: s.Align, Lambda: s.Lambda, Mix: s.Mix,
		SGD:      train.SGD{LR: s.LR, Momentum: s.Momentum, WeightDecay: s.WeightDecay},
		Residual: train.SGD{LR: s.PersonalLR},
	}
}

func (s Spec) partitionOptions() partition.Options {
	return partition.Options{Kind: s.Partition, Clients: s.Clients, Imbalance: s.Imbalance, Beta: s.Beta, Seed: s.DataSeed}
}

func (s Spec) moduleOptions() peft.Options { return peft.Options{Rank: s.Rank, Alpha: s.Alpha} }

// difference names the first field in which two specs differ, or is empty.
func (s Spec) difference(o Spec) string {
	a, b, t := reflect.ValueOf(s), reflect.ValueOf(o), reflect.TypeFor[Spec]()
	for i := range t.NumField() {
		if a.Field(i).Interface() != b.Field(i).Interface() {
			return fmt.Sprintf("%s is %v, was %v", t.Field(i).Tag.Get("json"), a.Field(i), b.Field(i))
		}
	}
	return ""
}
