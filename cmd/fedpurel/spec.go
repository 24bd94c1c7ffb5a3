package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/fed"
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
	Preset      string  `json:"preset"`
	Cache       string  `json:"cache"`
	Method      string  `json:"method"`
	Label       string  `json:"label"`
	Module      string  `json:"module"`
	Rounds      int     `json:"rounds"`
	Clients     int     `json:"clients"`
	Fraction    float64 `json:"fraction"`
	Imbalance   float64 `json:"imbalance"`
	Beta        float64 `json:"beta"`
	Partition   string  `json:"partition"`
	Tail        string  `json:"tail"`
	Counts      string  `json:"counts"`
	MinPerClass int     `json:"min_per_class"`
	Shuffle     bool    `json:"shuffle_classes"`
	Hierarchy   string  `json:"hierarchy"`
	Shards      int     `json:"shards"`
	Pattern     string  `json:"client_pattern"`
	ClientsFrom string  `json:"clients_from"`
	File        string  `json:"partition_file"`
	LocalTest   string  `json:"local_test"`
	LR          float64 `json:"lr"`
	PersonalLR  float64 `json:"personal_lr"`
	Momentum    float64 `json:"momentum"`
	WeightDecay float64 `json:"weight_decay"`
	Carry       bool    `json:"carry_momentum"`
	Batch       int     `json:"batch"`
	DropLast    bool    `json:"drop_last"`
	Views       bool    `json:"views"`
	Rank        int     `json:"rank"`
	Alpha       float64 `json:"alpha"`
	RankStable  bool    `json:"rank_stable"`
	Dropout     float64 `json:"dropout"`
	Hidden      int     `json:"hidden"`
	Rho         float64 `json:"rho"`
	Align       string  `json:"align"`
	Lambda      float64 `json:"purify_lambda"`
	Scope       string  `json:"scope"`
	Mix         float64 `json:"mix"`
	Start       string  `json:"personal_start"`
	PersonalT   int     `json:"personal_rounds"`
	FirstAll    bool    `json:"first_round_all"`
	Adjust      float64 `json:"logit_adjust"`
	Prior       string  `json:"prior"`
	PostAdjust  float64 `json:"post_adjust"`
	Wise        float64 `json:"wise"`
	Diagnose    bool    `json:"diagnose"`
	Seed        uint64  `json:"seed"`
	DataSeed    uint64  `json:"data_seed"`
	EvalEvery   int     `json:"eval_every"`
	Sigma       float64 `json:"sigma"`
	Power       float64 `json:"power"`
}

// defaultSpec is where every run starts. Learning rates of zero stand for the module's own, see peft.
func defaultSpec() Spec {
	p, m, o := partition.Default(), peft.DefaultOptions(), method.Default(peft.Entry{})
	return Spec{
		Preset: "default", Method: "fedpurel", Module: "lora", Rounds: 100, Clients: p.Clients, Fraction: 0.4,
		Imbalance: p.Tail.Imbalance, Beta: p.Beta, Partition: p.Kind, Tail: p.Tail.Profile, MinPerClass: p.Tail.Min, Shards: p.Shards, LocalTest: p.LocalTest,
		Momentum: o.SGD.Momentum, WeightDecay: o.SGD.WeightDecay, Batch: o.Batching.Size,
		Rank: m.Rank, Alpha: m.Alpha, Hidden: m.Hidden, Rho: m.Rho,
		Align: o.Purify.Align, Lambda: o.Purify.Lambda, Scope: o.Purify.Scope, Mix: o.Personal.Mix, Start: "initial",
		Prior: o.Adjust.Prior, Wise: 1, Seed: 1, DataSeed: 1, EvalEvery: 1, Sigma: metric.DefaultBalance.Sigma, Power: metric.DefaultBalance.Power,
	}
}

// readSpec resolves defaults < preset < spec file < flags < module defaults. The preset may depend on the module, so
// both are looked for first.
func readSpec(c *cli.Context, options []option) (Spec, error) {
	s, err := overridden(c, options, defaultSpec())
	if err != nil {
		return s, err
	}
	preset, err := presetFor(s.Preset, s.Module)
	if err != nil {
		return s, err
	}
	if s, err = preset.apply(defaultSpec()); err != nil {
		return s, err
	}
	if s, err = overridden(c, options, s); err != nil {
		return s, err
	}
	return s.resolve()
}

// overridden applies the spec file and the flags to s.
func overridden(c *cli.Context, options []option, s Spec) (Spec, error) {
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
	return s, nil
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
	case s.Rounds < 1:
		err = fault.Usagef("--rounds %d must be at least 1", s.Rounds)
	case !(s.Fraction > 0 && s.Fraction <= 1):
		err = fault.Usagef("--fraction %v must lie in (0,1]", s.Fraction)
	case s.PersonalT < 0:
		err = fault.Usagef("--personal-rounds %d must not be negative", s.PersonalT)
	case s.Start != "initial" && s.Start != "global" && s.Start != "zeroshot":
		err = fault.Usagef("unknown --personal-start %q; known: initial, global, zeroshot", s.Start)
	case !(s.Wise >= 0 && s.Wise <= 1):
		err = fault.Usagef("--wise %v must lie in [0,1]", s.Wise)
	case !(s.PostAdjust >= 0) || math.IsInf(s.PostAdjust, 0):
		err = fault.Usagef("--post-adjust %v must not be negative", s.PostAdjust)
	case s.EvalEvery < 1:
		err = fault.Usagef("--eval-every %d must be at least 1", s.EvalEvery)
	case !(s.Sigma > 0) || !(s.Power > 0):
		err = fault.Usagef("--sigma %v and --power %v must be positive", s.Sigma, s.Power)
	}
	return s, errors.Join(err, s.methodOptions().Validate(), s.partitionOptions().Validate(), s.moduleOptions().Validate())
}

func (s Spec) methodOptions() method.Options {
	o := method.Options{
		Batching: fed.Batching{Size: s.Batch, DropLast: s.DropLast},
		SGD:      train.SGD{LR: s.LR, Momentum: s.Momentum, WeightDecay: s.WeightDecay}, CarryMomentum: s.Carry,
		Adjust:   method.Adjust{Tau: s.Adjust, Prior: s.Prior},
		Purify:   method.Purify{Align: s.Align, Lambda: s.Lambda, Scope: s.Scope},
		Personal: method.Personal{SGD: train.SGD{LR: s.PersonalLR}, Mix: s.Mix},
		Diagnose: s.Diagnose,
	}
	if s.phases() {
		o.Personal.After = s.Rounds
	}
	return o
}

// phases says whether the personal stage comes after all rounds of the global one.
func (s Spec) phases() bool { return s.PersonalT > 0 && s.Method == "fedpurel" }

// totalRounds counts the rounds of both phases.
func (s Spec) totalRounds() int {
	if s.phases() {
		return s.Rounds + s.PersonalT
	}
	return s.Rounds
}

// everyone says in which rounds all clients take part.
func (s Spec) everyone(round int) bool {
	return s.FirstAll && round == 0 || s.phases() && round >= s.Rounds
}

// partitionOptions are those that the spec itself holds; lab adds what files and the cache say.
func (s Spec) partitionOptions() partition.Options {
	return partition.Options{
		Tail: partition.Tail{Profile: s.Tail, Imbalance: s.Imbalance, Shuffle: s.Shuffle, Min: s.MinPerClass},
		Kind: s.Partition, Clients: s.Clients, Beta: s.Beta, Shards: s.Shards, LocalTest: s.LocalTest, Seed: s.DataSeed,
	}
}

func (s Spec) moduleOptions() peft.Options {
	return peft.Options{Rank: s.Rank, Alpha: s.Alpha, RankStable: s.RankStable, Dropout: s.Dropout, Hidden: s.Hidden, Rho: s.Rho}
}

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
