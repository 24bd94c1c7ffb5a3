package peft

import (
	"fmt"
	"math/rand/v2"
	"reflect"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Options shape a module: a struct whose fields carry the tags json (name) and usage (help).
type Options interface{ Validate() error }

// maxWidth bounds ranks and hidden widths: it is beyond the features of any encoder, and some hundred megabytes.
const maxWidth = 1 << 14

// Entry is one row of the table of modules.
type Entry struct {
	Name string
	Doc  string
	// Analogue says what the module stands in for where frozen, pooled features allow no more; empty if the module is
	// exactly what it is called.
	Analogue string
	Inside   Side // where its parameters stand
	Projects bool // works on features before the visual projection, which its head then has
	Starts   bool // its initial weights predict zero-shot
	// Learning rates used when none is given, found on development draws of the sample data set (fedpurel sample --seed
	// 101 to 153), never on its default test images: a high global accuracy that costs few few-shot points (at most
	// 2.5), then a high personal accuracy, short of rates that collapse elsewhere. Those of projection are lora's;
	// those of a body with a trainable head are not tuned, but the smaller ones of the body's and linear's. The
	// personal stage has no momentum, so that its steps are a tenth as long at equal rates; hence its higher one.
	// Other features may bound them, see Bounded. Those of modules inside an encoder are not, and
	// come from draw 101 alone.
	LR, PersonalLR float64
	Reach          float64 // how far a step at LR may go, see Bounded; 0: usualReach
	Options        Options // the defaults, of the type that New wants; nil: it reads none
	// New builds the module of what Check accepts. Of a head that stands for layouts alone, see Inside, it reads sizes.
	New func(Head, Options) Module
}

// The default options: r = 8, α = 16, γ = α/r, no dropout; CLIP-Adapter's ρ = 0.2 with a bottleneck of 128.
// Inside an encoder, FedPuReL's: prompts of 4 tokens; γ = α/√r, and dropout of a quarter.
var (
	lowRankOptions = LowRank{Rank: 8, Alpha: 16}
	adapterOptions = Adapter{Hidden: 128, Rho: 0.2}
	promptOptions  = Prompt{Tokens: 4}
	visionOptions  = VisionLowRank{LowRank: LowRank{Rank: 8, Alpha: 16, RankStable: true, Dropout: 0.25}, Blocks: 1}
)

// Modules is the table, in name order.
var Modules = []Entry{{
	Name: "gate", Doc: "FedCLIP's attention gate: ẑ ∝ softmax(W2 tanh(W1 x + b1) + b2) ⊙ x",
	LR: 0.002, PersonalLR: 0.01,
	New: func(h Head, _ Options) Module { return &frozen{newGate(h), dropout{}, h} },
}, {
	Name: "gate-head", Doc: "FedCLIP's attention gate with a trainable head: ℓ = s W ẑ + b",
	LR: 0.002, PersonalLR: 0.01,
	New: func(h Head, _ Options) Module { return newHeaded(newGate(h), dropout{}, h, prefix) },
}, {
	Name: "linear", Doc: "linear head on the unit feature, started from the class texts: ℓ = s W x̂ + b",
	Starts: true, LR: 0.0025, PersonalLR: 0.03,
	New: func(h Head, _ Options) Module { return newHeaded(none{}, dropout{}, h, "") },
}, {
	Name: "lora", Doc: "low-rank residual on the feature: x + γ B A x",
	Analogue: "LoRA inside the encoder's attention",
	Starts:   true, LR: 0.0025, PersonalLR: 0.01, Options: lowRankOptions, New: frozenLowRank,
}, {
	Name: "lora-head", Doc: "low-rank residual on the feature with a trainable head: ℓ = s W ẑ + b",
	Analogue: "LoRA inside the encoder's attention",
	Starts:   true, LR: 0.0025, PersonalLR: 0.01, Options: lowRankOptions, New: headedLowRank,
}, {
	Name: "lora-vision", Doc: "LoRA of q, k, v in the image tower's last blocks: W y + γ B A y, on cached tokens",
	Inside: ImageSided,
	Starts: true, LR: 0.006, PersonalLR: 0.006, Options: visionOptions,
	New: func(h Head, o Options) Module { return newVision(h, o.(VisionLowRank)) },
}, {
	Name: "projection", Doc: "LoRA of the visual projection: (P + γ B A) x, for caches with pre-projection features",
	Projects: true,
	Starts:   true, LR: 0.0025, PersonalLR: 0.01, Options: lowRankOptions, New: frozenLowRank,
}, {
	Name:     "projection-head",
	Doc:      "LoRA of the visual projection with a trainable head: ℓ = s W ẑ + b, for such caches too",
	Projects: true,
	Starts:   true, LR: 0.0025, PersonalLR: 0.01, Options: lowRankOptions, New: headedLowRank,
}, {
	Name: "prompt", Doc: "learned tokens before all class names, through the text tower: t_c = g([ctx] name_c)",
	Inside: TextSided, LR: 0.0003, PersonalLR: 0.001, Options: promptOptions,
	New: func(h Head, o Options) Module { return newPrompt(h, o.(Prompt), false) },
}, {
	Name: "prompt-class", Doc: "learned tokens before each class name, through the text tower: t_c = g([ctx_c] name_c)",
	Inside: TextSided, LR: 0.001, PersonalLR: 0.001, Options: promptOptions,
	New: func(h Head, o Options) Module { return newPrompt(h, o.(Prompt), true) },
}, {
	Name: "residual", Doc: "CLIP-Adapter's residual bottleneck: (1−ρ) x + ρ W_up ReLU(W_down x)",
	LR: 0.04, PersonalLR: 0.1, Options: adapterOptions,
	New: func(h Head, o Options) Module { return &frozen{newResidual(h, o.(Adapter)), dropout{}, h} },
}, {
	Name: "residual-head", Doc: "CLIP-Adapter's residual bottleneck with a trainable head: ℓ = s W ẑ + b",
	LR: 0.0025, PersonalLR: 0.03, Options: adapterOptions,
	New: func(h Head, o Options) Module { return newHeaded(newResidual(h, o.(Adapter)), dropout{}, h, prefix) },
}, {
	Name: "text-class", Doc: "a shift of every class text: t_c + e_c",
	Analogue: "class-specific prompt tuning",
	Starts:   true, LR: 0.04, PersonalLR: 0.03, Reach: 0.75,
	New: func(h Head, _ Options) Module { return &text{newTextClass(h), h} },
}, {
	Name: "text-lora", Doc: "a low-rank map of the class texts: t_c + γ B A t_c",
	Analogue: "LoRA inside the text tower",
	Starts:   true, LR: 0.01, PersonalLR: 0.03, Options: lowRankOptions.update(),
	New: func(h Head, o Options) Module { return &text{newTextLowRank(h, o.(TextLowRank)), h} },
}, {
	Name: "text-shift", Doc: "one shift of all class texts: t_c + e",
	Analogue: "prompt tuning with a shared context",
	Starts:   true, LR: 0.0005, PersonalLR: 0.01,
	New: func(h Head, _ Options) Module { return &text{newTextShift(h), h} },
}}

// prefix names the tensors of a trainable head behind a body.
const prefix = "head."

func frozenLowRank(h Head, o Options) Module {
	body := newLowRank(h, o.(LowRank))
	return &frozen{body, body.dropout, h}
}

func headedLowRank(h Head, o Options) Module {
	body := newLowRank(h, o.(LowRank))
	return newHeaded(body, body.dropout, h, prefix)
}

// Names lists the modules.
func Names() []string {
	var names []string
	for _, e := range Modules {
		names = append(names, e.Name)
	}
	return names
}

// Find returns the entry called name; an unknown name is an error that lists the known ones.
func Find(name string) (Entry, error) {
	for _, e := range Modules {
		if e.Name == name {
			return e, nil
		}
	}
	return Entry{}, fault.Unknown("peft: unknown module", name, Names())
}

// New builds the module called name on the frozen head. No options are the entry's defaults; options of another type
// panic.
func New(name string, head Head, o Options) (Module, error) {
	e, err := Find(name)
	if err != nil {
		return nil, err
	}
	if o == nil {
		o = e.Options
	}
	if reflect.TypeOf(o) != reflect.TypeOf(e.Options) {
		panic(fmt.Sprintf("peft: module %s reads options %T, not %T", name, e.Options, o))
	}
	if err := e.Check(head, o); err != nil {
		return nil, err
	}
	return e.New(head, o), nil
}

// uniform fills p with U(−bound, bound).
func uniform(p []float32, bound float64, rng *rand.Rand) {
	for i := range p {
		p[i] = float32((2*rng.Float64() - 1) * bound)
	}
}
