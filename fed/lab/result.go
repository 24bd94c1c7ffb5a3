package lab

import (
	"math"

	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
)

// result assembles result.json from the zero-shot evaluation, the final one and the records of the rounds.
func (x *experiment) result(zero, last *eval.Outcome, records []metric.Round) (r *metric.Result, err error) {
	s := x.spec
	r = &metric.Result{
		Format: metric.FormatVersion, Method: s.Method, Label: s.Label, Module: s.Module, Seed: s.Seed,
		Title: s.Title(), Reveals: s.Reveals(),
		DataSeed: x.partition.Seed, Rounds: len(records),
		Partition: x.partition.String(), LocalTest: x.partition.LocalTest, Classes: x.cache.Manifest.Classes,
		TrainCounts: x.partition.Counts, TrainImages: x.train.Len(), LeftOut: x.partition.LeftOut(x.train.Len()),
		Groups: x.groups, Balance: metric.Balance{Sigma: s.Sigma, Power: s.Power},
		ZeroShot: zero.Scores, Last: last.Scores,
		PerClass: map[string]metric.Counts{
			"zero_shot": zero.ZeroShot, "global": last.Global, "personal": last.Personal,
		},
		Clients: clients(x.partition, x.partition.Clients, x.train.Labels(), last),
	}
	r.LastTen, r.Averaged = metric.Average(records, last.Scores)
	r.Best = metric.BestOf(records)
	r.Calibration, r.Contribution = x.calibration(zero, last), last.Contribution
	if s.Trains() {
		r.Analogue = s.module.Analogue
	} else {
		r.Right = &last.Right
	}
	r.Provenance, err = x.provenance()
	return r, err
}

// calibration tabulates how far every model's confidence is right, for all classes and for every group.
func (x *experiment) calibration(zero, last *eval.Outcome) []metric.Calibration {
	every := make([]int, len(x.partition.Counts))
	for c := range every {
		every[c] = c
	}
	groups := append([]metric.Group{{Name: metric.Every, Classes: every}}, x.groups...)
	var all []metric.Calibration
	for _, model := range []string{"zero_shot", "global", "personal"} {
		byClass := last.Reliability[model]
		if model == "zero_shot" {
			byClass = zero.Reliability[model]
		}
		if byClass == nil {
			continue
		}
		for _, g := range groups {
			r := metric.Pool(byClass, g.Classes)
			all = append(all, metric.Calibration{
				Model: model, Group: g.Name, ECE: metric.Num(r.ECE()), Gap: metric.Num(r.Gap()), Reliability: r,
			})
		}
	}
	return all
}

// clients tabulates every client's data, of so many shards, and its models' accuracies on its own test images.
func clients(p *partition.Partition, shards []partition.Shard, labels []int32, o *eval.Outcome) []metric.Client {
	var all []metric.Client
	for k, shard := range shards {
		c := metric.Client{
			Name: p.Name(k), Train: len(shard.Train), Test: len(shard.Test),
			Histogram: make([]int, len(p.Counts)),
			ZeroShot:  metric.Num(math.NaN()), Global: metric.Num(math.NaN()), Personal: metric.Num(math.NaN()),
		}
		for _, row := range shard.Train {
			c.Histogram[labels[row]]++
		}
		if k < len(o.ClientPersonal) {
			c.ZeroShot = metric.Num(o.ClientZeroShot[k].Micro())
			c.Global = metric.Num(o.ClientGlobal[k].Micro())
			c.Personal = metric.Num(o.ClientPersonal[k].Micro())
		}
		all = append(all, c)
	}
	return all
}
