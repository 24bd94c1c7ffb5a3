package lab

import (
	"errors"
	"math"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/option"
	"github.com/fedpurel/fedpurel/train/peft"
)

// General are the options that belong to no plug-in. The tag group is where help lists them; the tag when is what a run
// must be like to read them, see the conditions.
type General struct {
	Preset string `json:"preset" group:"run" usage:"settings to start from; see --explain"`
	Cache  string `json:"cache" group:"run" usage:"<FOLDER> of cached features"`
	Method string `json:"method" group:"run" usage:"federated method; behind plus signs what it wears, as in fedavg+la"`
	Label  string `json:"label" group:"run" usage:"name of this variant of the method in tables and figures"`
	Module string `json:"module" group:"run" usage:"what is trained on the features"`
	// Model says where an encoder lies, and not which one: that is the cache's.
	Model string `json:"model" group:"run" when:"inside" usage:"<FOLDER> of the encoder, where it is not found"`
	// Personal stands beside what a method that only shares gives its clients, their copies.
	Personal string `json:"personal" group:"run" when:"shares" usage:"what clients predict with"`
	Loss     string `json:"loss" group:"run" when:"wears" usage:"task loss"`
	Seed     uint64 `json:"seed" group:"run" usage:"seed of training: initial weights, cohorts, batch order"`

	Rounds   int     `json:"rounds" group:"rounds" when:"trains" usage:"communication rounds"`
	Fraction float64 `json:"fraction" group:"rounds" when:"trains" usage:"share of the clients in a round"`
	FirstAll bool    `json:"first_round_all" group:"rounds" when:"trains" usage:"all clients join the first round"`
	Views    bool    `json:"views" group:"rounds" when:"trains" usage:"train on the random views of the cache"`

	Partition string `json:"partition" group:"data" when:"divides" usage:"how images are dealt to clients"`
	Clients   int    `json:"clients" group:"data" when:"counts" usage:"number of clients K"`
	Tail      string `json:"tail" group:"data" when:"divides" usage:"which training images are left out"`
	LocalTest string `json:"local_test" group:"data" when:"divides" usage:"clients' own test images: code or matched"`
	DataSeed  uint64 `json:"data_seed" group:"data" when:"divides" usage:"seed of long tail and partition"`
	Unseen    int    `json:"unseen" group:"data" when:"divides" usage:"clients that never take part, scored in the end"`
	File      string `json:"partition_file" group:"data" usage:"use the partition in this <FILE>; a run folder has one"`

	EvalEvery  int     `json:"eval_every" group:"eval" when:"trains" usage:"evaluate each n-th round, and the last 10"`
	Wise       float64 `json:"wise" group:"eval" when:"global" usage:"WiSE-FT: weight of tuned over zero-shot, [0,1]"`
	PostAdjust float64 `json:"post_adjust" group:"eval" when:"trains" usage:"τ of predictions by argmax ℓ − τ log π"`
	Sigma      float64 `json:"sigma" group:"eval" usage:"σ of balancedness"`
	Power      float64 `json:"power" group:"eval" usage:"exponent of balancedness, 1 or 2"`
	// AdaptRounds stands in place of the rounds in which the others took part, on average.
	AdaptRounds int `json:"adapt_rounds" group:"eval" when:"adapts" usage:"rounds of unseen clients; 0: as others had"`
}

// DefaultGeneral is where every run starts: with all images, whatever the data; see Tables.Spec.
func DefaultGeneral() General {
	p := partition.Default()
	return General{
		Preset: "default", Method: "fedpurel", Module: "lora", Loss: "ce", Personal: "own", Seed: 1,
		Rounds: 100, Fraction: 0.4,
		Partition: p.Kind.Name, Clients: usualClients, Tail: "natural", LocalTest: p.LocalTest, DataSeed: p.Seed,
		EvalEvery: 1, Wise: 1, Sigma: metric.DefaultBalance.Sigma, Power: metric.DefaultBalance.Power,
	}
}

// Validate reports the options out of range.
func (g General) Validate() error {
	var problems []error
	refuse := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fault.Usagef(format, args...))
		}
	}
	refuse(g.Rounds >= 1, "--rounds %d must be at least 1", g.Rounds)
	refuse(g.Fraction > 0 && g.Fraction <= 1, "--fraction %v must lie in (0,1]", g.Fraction)
	refuse(g.Wise >= 0 && g.Wise <= 1, "--wise %v must lie in [0,1]", g.Wise)
	refuse(g.PostAdjust >= 0 && !math.IsInf(g.PostAdjust, 0), "--post-adjust %v must not be negative", g.PostAdjust)
	refuse(g.EvalEvery >= 1, "--eval-every %d must be at least 1", g.EvalEvery)
	refuse(g.AdaptRounds >= 0, "--adapt-rounds %d must not be negative", g.AdaptRounds)
	refuse(g.Sigma > 0 && g.Power > 0, "--sigma %v and --power %v must be positive", g.Sigma, g.Power)
	return errors.Join(problems...)
}

// conditions say which runs read a general option, and in words what a run lacks that does not.
var conditions = map[string]struct {
	holds func(s *Spec) bool
	reads string // "is read by …"
	lacks func(s *Spec) string
}{
	"trains": {
		(*Spec).Trains, "methods that train",
		func(s *Spec) string { return "--method " + s.Method + " does not" },
	},
	"wears": {
		(*Spec).wears, "methods that train by a task loss",
		func(s *Spec) string { return s.idle("loss") },
	},
	"global": {
		func(s *Spec) bool { return s.Trains() && s.algorithm().Global(fed.Message{}) != nil },
		"methods that train a global model",
		func(s *Spec) string { return "--method " + s.Method + " does not" },
	},
	"shares": {
		func(s *Spec) bool { return s.method.Shares },
		"methods that train one model for everybody, and no more",
		func(s *Spec) string {
			if !s.Trains() {
				return "--method " + s.Method + " does not"
			}
			return "--method " + s.Method + " does more"
		},
	},
	"adapts": {
		func(s *Spec) bool { return s.adapts() && (s.Unseen > 0 || s.File != "") },
		"methods with a client's own part that grows from round to round, with --unseen or --partition-file",
		func(s *Spec) string {
			if !s.adapts() {
				return "--method " + s.Method + " has no such part"
			}
			return "all clients take part"
		},
	},
	"inside": {
		func(s *Spec) bool { return s.module.Inside != peft.Outside }, "modules inside the encoder",
		func(s *Spec) string { return "--module " + s.Module + " stands on its features" },
	},
	"divides": {func(s *Spec) bool { return s.File == "" }, "runs that make their partition", madeAlready},
	"counts": {
		func(s *Spec) bool { return s.File == "" && !s.kind.Named },
		"runs that make their partition for a chosen number of clients",
		func(s *Spec) string {
			if s.File != "" {
				return madeAlready(s)
			}
			return "--partition " + s.Partition + " counts the clients itself"
		},
	},
}

func madeAlready(s *Spec) string { return "--partition-file " + s.File + " is one that is made" }

// readsGeneral says whether a run reads a general option.
func (s *Spec) readsGeneral(f option.Field) bool {
	c, conditional := conditions[f.Tag.Get("when")]
	return !conditional || c.holds(s)
}
