package main

import (
	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/peft"
)

// option ties a flag to its field of Spec.
type option struct {
	flag cli.Flag
	set  func(*Spec, *cli.Context)
}

func text(name, usage, value string, at func(*Spec) *string) option {
	return option{&cli.StringFlag{Name: name, Usage: usage, Value: value}, func(s *Spec, c *cli.Context) { *at(s) = c.String(name) }}
}

func count(name, usage string, value int, at func(*Spec) *int) option {
	return option{&cli.IntFlag{Name: name, Usage: usage, Value: value}, func(s *Spec, c *cli.Context) { *at(s) = c.Int(name) }}
}

func real(name, usage string, value float64, at func(*Spec) *float64) option {
	return option{&cli.Float64Flag{Name: name, Usage: usage, Value: value}, func(s *Spec, c *cli.Context) { *at(s) = c.Float64(name) }}
}

func number(name, usage string, value uint64, at func(*Spec) *uint64) option {
	return option{&cli.Uint64Flag{Name: name, Usage: usage, Value: value}, func(s *Spec, c *cli.Context) { *at(s) = c.Uint64(name) }}
}

func toggle(name, usage string, value bool, at func(*Spec) *bool) option {
	return option{&cli.BoolFlag{Name: name, Usage: usage, Value: value}, func(s *Spec, c *cli.Context) { *at(s) = c.Bool(name) }}
}

func cacheOption() option {
	return option{&cli.StringFlag{Name: "cache", Usage: "`FOLDER` of cached features"}, func(s *Spec, c *cli.Context) { s.Cache = c.String("cache") }}
}

// dataOptions is the table of the flags that say who owns which sample.
func dataOptions() []option {
	d := defaultSpec()
	return []option{
		text("partition", "how the data is dealt to clients: "+list(partition.Names()), d.Partition, func(s *Spec) *string { return &s.Partition }),
		count("clients", "number of clients K", d.Clients, func(s *Spec) *int { return &s.Clients }),
		real("beta", "Dirichlet concentration of the partition; smaller makes clients differ more", d.Beta, func(s *Spec) *float64 { return &s.Beta }),
		real("imbalance", "largest class over smallest class, IF; 1 keeps the data balanced", d.Imbalance, func(s *Spec) *float64 { return &s.Imbalance }),
		number("data-seed", "seed of long tail and partition", d.DataSeed, func(s *Spec) *uint64 { return &s.DataSeed }),
		text("tail", "shape of the long tail: "+list(partition.ProfileNames()), d.Tail, func(s *Spec) *string { return &s.Tail }),
		text("counts", "`FILE` with the training images of every class, a number a line; for --tail list", d.Counts, func(s *Spec) *string { return &s.Counts }),
		count("min-per-class", "training images that every class keeps, if it has them", d.MinPerClass, func(s *Spec) *int { return &s.MinPerClass }),
		toggle("shuffle-classes", "draw the order of the classes along the tail from --data-seed", d.Shuffle, func(s *Spec) *bool { return &s.Shuffle }),
		text("hierarchy", "coarse classes for pachinko: cifar100, or a `FILE` with a name for each class, one a line", d.Hierarchy, func(s *Spec) *string { return &s.Hierarchy }),
		count("shards", "shards a client gets; for --partition shards", d.Shards, func(s *Spec) *int { return &s.Shards }),
		text("client-pattern", "regular `EXPRESSION` whose first group, found in an image's file name, is its client; for --partition natural", d.Pattern, func(s *Spec) *string { return &s.Pattern }),
		text("clients-from", "CSV `FILE` with columns file (or path) and client, such as the images' own list; for --partition natural", d.ClientsFrom, func(s *Spec) *string { return &s.ClientsFrom }),
		text("partition-file", "use the partition in this `FILE`, made by `fedpurel partition` or found in a run folder", d.File, func(s *Spec) *string { return &s.File }),
		text("local-test", "clients' own test images: code (as in the release) or matched (to their training distribution)", d.LocalTest, func(s *Spec) *string { return &s.LocalTest }),
	}
}

// trainOptions is the table of the flags that train and compare share.
func trainOptions() []option {
	d := defaultSpec()
	return append([]option{
		text("preset", "settings to start from: "+list(presetNames())+"; see --explain", d.Preset, func(s *Spec) *string { return &s.Preset }),
		text("module", "what is trained on the features: "+list(peft.Names()), d.Module, func(s *Spec) *string { return &s.Module }),
		count("rounds", "communication rounds", d.Rounds, func(s *Spec) *int { return &s.Rounds }),
		real("fraction", "share of the clients that take part in a round", d.Fraction, func(s *Spec) *float64 { return &s.Fraction }),
		real("lr", "learning rate of the global module (0: the module's own)", d.LR, func(s *Spec) *float64 { return &s.LR }),
		real("personal-lr", "learning rate of the personal residual (0: the module's own)", d.PersonalLR, func(s *Spec) *float64 { return &s.PersonalLR }),
		real("momentum", "momentum of the global stage", d.Momentum, func(s *Spec) *float64 { return &s.Momentum }),
		real("weight-decay", "weight decay of the global stage", d.WeightDecay, func(s *Spec) *float64 { return &s.WeightDecay }),
		toggle("carry-momentum", "hand the momentum of the global stage from client to client", d.Carry, func(s *Spec) *bool { return &s.Carry }),
		count("batch", "mini-batch size", d.Batch, func(s *Spec) *int { return &s.Batch }),
		toggle("views", "train on the random views of a cache made with featurize --views, one drawn for each image and epoch", d.Views, func(s *Spec) *bool { return &s.Views }),
		toggle("drop-last", "leave out a client's last batch if it is not full", d.DropLast, func(s *Spec) *bool { return &s.DropLast }),
		count("rank", "rank r of the low-rank modules", d.Rank, func(s *Spec) *int { return &s.Rank }),
		real("alpha", "scale α of the low-rank modules, which multiply by γ = α/r", d.Alpha, func(s *Spec) *float64 { return &s.Alpha }),
		toggle("rank-stable", "γ = α/√r instead", d.RankStable, func(s *Spec) *bool { return &s.RankStable }),
		real("dropout", "dropout on the input of modules lora and projection", d.Dropout, func(s *Spec) *float64 { return &s.Dropout }),
		count("hidden", "bottleneck of module residual", d.Hidden, func(s *Spec) *int { return &s.Hidden }),
		real("rho", "weight ρ of the adapter in module residual", d.Rho, func(s *Spec) *float64 { return &s.Rho }),
		text("align", "alignment loss of the purification: tkl (temperature-aligned), kl or lskd (standardized logits)", d.Align, func(s *Spec) *string { return &s.Align }),
		real("purify-lambda", "strength λ of the gradient projection; 0 turns it off", d.Lambda, func(s *Spec) *float64 { return &s.Lambda }),
		text("scope", "what is projected at once: tensor or global (the whole gradient)", d.Scope, func(s *Spec) *string { return &s.Scope }),
		real("mix", "weight α of the personal loss in stage 2; the fused loss has 1−α", d.Mix, func(s *Spec) *float64 { return &s.Mix }),
		text("personal-start", "a client's branch before its first round: initial (the run's initial weights), global or zeroshot", d.Start, func(s *Spec) *string { return &s.Start }),
		count("personal-rounds", "personal rounds of all clients after the last global one; 0: a personal stage in every round", d.PersonalT, func(s *Spec) *int { return &s.PersonalT }),
		toggle("first-round-all", "all clients take part in the first round", d.FirstAll, func(s *Spec) *bool { return &s.FirstAll }),
		real("logit-adjust", "τ of the logit-adjusted task loss, CE(ℓ + τ log π); 0: plain", d.Adjust, func(s *Spec) *float64 { return &s.Adjust }),
		text("prior", "class shares π of the adjusted loss: global or local", d.Prior, func(s *Spec) *string { return &s.Prior }),
		real("post-adjust", "τ of the adjustment of predictions, argmax ℓ − τ log π; 0: none", d.PostAdjust, func(s *Spec) *float64 { return &s.PostAdjust }),
		real("wise", "WiSE-FT: weight of the tuned global parameters in evaluation; the zero-shot ones have the rest", d.Wise, func(s *Spec) *float64 { return &s.Wise }),
		toggle("diagnose", "measure the angle of task and alignment gradients for methods that do not need it", d.Diagnose, func(s *Spec) *bool { return &s.Diagnose }),
		count("eval-every", "rounds between evaluations; the last ten rounds are always evaluated", d.EvalEvery, func(s *Spec) *int { return &s.EvalEvery }),
		real("sigma", "σ of balancedness", d.Sigma, func(s *Spec) *float64 { return &s.Sigma }),
		real("power", "exponent of balancedness, 1 or 2", d.Power, func(s *Spec) *float64 { return &s.Power }),
	}, dataOptions()...)
}

// flagsOf lists the flags of a table of options.
func flagsOf(options []option) []cli.Flag {
	flags := []cli.Flag{&cli.StringFlag{Name: "spec", Usage: "JSON `FILE` with any of these options; flags override it"}}
	for _, o := range options {
		flags = append(flags, o.flag)
	}
	return flags
}
