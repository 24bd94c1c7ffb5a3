// Package peft holds the trainable modules that sit on frozen features ("parameter-efficient fine-tuning").
//
// A module is a stateless value; its parameters are one flat float32 vector with a Layout of named tensors, passed in
// at every call. Modules know logits and gradients with respect to logits; losses are in package train.
//
// Shapes: x (B,D) features as the encoder gives them, T (C,D) unit class embeddings, logits (B,C).
package peft

import (
	"math"
	"math/rand/v2"
	"strings"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Tensor names a Rows×Cols view of the flat parameter vector. A vector has one row.
type Tensor struct {
	Name   string `json:"name"`
	Rows   int    `json:"rows"`
	Cols   int    `json:"cols"`
	Offset int    `json:"offset"`
}

// Slice is the tensor's part of the parameters p.
func (t Tensor) Slice(p []float32) []float32 {
	n := t.Rows * t.Cols
	return p[t.Offset : t.Offset+n : t.Offset+n]
}

// Of is the tensor's part of the parameters p as a matrix.
func (t Tensor) Of(p []float32) f32.Matrix { return f32.Of(t.Rows, t.Cols, t.Slice(p)) }

// Layout lists a module's tensors in the order in which they lie in the parameter vector.
type Layout []Tensor

// Size is the number of parameters.
func (l Layout) Size() int {
	if len(l) == 0 {
		return 0
	}
	last := l[len(l)-1]
	return last.Offset + last.Rows*last.Cols
}

// Names lists the tensors' names.
func (l Layout) Names() []string {
	names := make([]string, len(l))
	for i, t := range l {
		names[i] = t.Name
	}
	return names
}

// layout places tensors one after the other.
func layout(tensors ...Tensor) Layout {
	at := 0
	for i := range tensors {
		tensors[i].Offset = at
		at += tensors[i].Rows * tensors[i].Cols
	}
	return tensors
}

// Cache is what Forward keeps for Backward. A module uses the parts that its own comment names.
type Cache struct {
	X, Hidden, Unit f32.Matrix
	Length          []float64
}

// Module maps features to class logits. What Forward and Backward return or keep lies in the arena and lives until its Reset.
type Module interface {
	// Layout names the parameters. It is the same at every call.
	Layout() Layout
	// Init draws the initial weights into p.
	Init(p []float32, rng *rand.Rand)
	// Forward computes the logits of x under p. It keeps references to p and x in the cache.
	Forward(m *f32.Arena, p []float32, x f32.Matrix) (logits f32.Matrix, cache Cache)
	// Anchor moves p to the nearest parameters at which the module predicts zero-shot: where WiSE-FT starts from.
	Anchor(p []float32)
	// Backward adds the gradient with respect to p to grad, for dlogits = ∂L/∂logits. It may be called again on the
	// same cache, with another dlogits.
	Backward(m *f32.Arena, grad, p []float32, cache Cache, dlogits f32.Matrix)
}

// Factored is a module whose gradients are products over the samples of a batch. They need not be multiplied out to be
// compared, and can be applied while they are multiplied out.
type Factored interface {
	Module
	// Factors appends the factors of every tensor's gradient to f, in the order of the layout.
	Factors(f []Factor, m *f32.Arena, p []float32, cache Cache, dlogits f32.Matrix) []Factor
}

// Factor is the gradient of one tensor W as a product: ∂L/∂W = Dᵀ H, with the gradients D (B,Rows) that arrive at the layer's outputs and
// its inputs H (B,Cols). For a bias H is empty, and the gradient is the sum of the rows of D.
type Factor struct{ D, H f32.Matrix }

// AddTo adds the gradient to grad.
func (f Factor) AddTo(grad []float32) {
	if f.H.Cols == 0 {
		f32.AddRowSums(grad, f.D)
	} else {
		f32.AddTMul(f32.Of(f.D.Cols, f.H.Cols, grad), f.D, f.H)
	}
}

// multiplyOut is Backward of a module that has factors.
func multiplyOut(module Factored, m *f32.Arena, grad, p []float32, cache Cache, dlogits f32.Matrix) {
	layout := module.Layout()
	for i, f := range module.Factors(make([]Factor, 0, len(layout)), m, p, cache, dlogits) {
		f.AddTo(layout[i].Slice(grad))
	}
}

// Dropper is a module whose training uses dropout. ForwardDropout is Forward with a fresh mask from rng; Backward
// follows the mask that its cache holds. mask, if not nil, receives the mask as (B,D) factors of 0 or 1/(1−p).
type Dropper interface {
	Module
	Drops() bool
	ForwardDropout(m *f32.Arena, p []float32, x f32.Matrix, rng *rand.Rand, mask func(f32.Matrix)) (logits f32.Matrix, cache Cache)
}

// Options shape the modules; each entry of the table says what it reads.
type Options struct {
	Rank       int     // r of the low-rank modules, at least 1
	Alpha      float64 // α of the low-rank modules: the update is scaled by γ
	RankStable bool    // γ = α/√r instead of α/r (rsLoRA)
	Dropout    float64 // p in [0,1) on the input of lora and projection while training
	Hidden     int     // width of the bottleneck of residual, at least 1
	Rho        float64 // ρ of residual, in [0,1]
}

// DefaultOptions are r = 8, α = 16, γ = α/r, no dropout; CLIP-Adapter's ρ = 0.2 with a bottleneck of 128.
func DefaultOptions() Options { return Options{Rank: 8, Alpha: 16, Hidden: 128, Rho: 0.2} }

// gamma is the scale of a low-rank update.
func (o Options) gamma() float32 {
	if o.RankStable {
		return float32(o.Alpha / math.Sqrt(float64(o.Rank)))
	}
	return float32(o.Alpha / float64(o.Rank))
}

// Validate reports the first option out of range.
func (o Options) Validate() error {
	switch {
	case o.Rank < 1:
		return fault.Usagef("peft: rank %d must be at least 1", o.Rank)
	case !(o.Alpha > 0):
		return fault.Usagef("peft: alpha %v must be positive", o.Alpha)
	case !(o.Dropout >= 0 && o.Dropout < 1):
		return fault.Usagef("peft: dropout %v must lie in [0,1)", o.Dropout)
	case o.Hidden < 1:
		return fault.Usagef("peft: hidden width %d must be at least 1", o.Hidden)
	case !(o.Rho >= 0 && o.Rho <= 1):
		return fault.Usagef("peft: rho %v must lie in [0,1]", o.Rho)
	}
	return nil
}

// Entry is one row of the table of modules.
type Entry struct {
	Name string
	Doc  string
	// Analogue says what the module stands in for where frozen, pooled features allow no more; empty if the module is
	// exactly what it is called.
	Analogue string
	// Learning rates used when none is given, found on development draws of the sample data set (fedpurel sample --seed 101
	// to 153), never on its default test images: a high global accuracy that costs few few-shot points (at most 2.5), then a high
	// personal accuracy, short of rates that collapse elsewhere. Those of projection are lora's. The personal stage has no
	// momentum, so that its steps are a tenth as long at equal rates; hence its higher one.
	LR, PersonalLR float64
	New            func(Head, Options) Module
}

// Modules is the table, in name order.
var Modules = []Entry{
	{"gate", "FedCLIP's attention gate: ẑ ∝ softmax(W2 tanh(W1 x + b1) + b2) ⊙ x", "", 0.002, 0.01, func(h Head, _ Options) Module { return newGate(h) }},
	{"linear", "linear head on the unit feature, started from the class texts: ℓ = s W x̂ + b", "", 0.0025, 0.03, func(h Head, _ Options) Module { return newLinear(h) }},
	{"lora", "low-rank residual on the feature: x + γ B A x", "LoRA inside the encoder's attention", 0.0025, 0.01, func(h Head, o Options) Module { return newLowRank(h, o) }},
	{"projection", "LoRA of the visual projection: (P + γ B A) x, for caches with pre-projection features", "", 0.0025, 0.01, func(h Head, o Options) Module { return newProjection(h, o) }},
	{"residual", "CLIP-Adapter's residual bottleneck: (1−ρ) x + ρ W_up ReLU(W_down x)", "", 0.04, 0.1, func(h Head, o Options) Module { return newResidual(h, o) }},
	{"text-class", "a shift of every class text: t_c + e_c", "class-specific prompt tuning", 0.04, 0.03, func(h Head, _ Options) Module { return newTextClass(h) }},
	{"text-lora", "a low-rank map of the class texts: t_c + γ B A t_c", "LoRA inside the text tower", 0.01, 0.03, func(h Head, o Options) Module { return newTextLowRank(h, o) }},
	{"text-shift", "one shift of all class texts: t_c + e", "prompt tuning with a shared context", 0.0005, 0.01, func(h Head, _ Options) Module { return newTextShift(h) }},
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
	return Entry{}, fault.Usagef("peft: unknown module %q; known: %s", name, strings.Join(Names(), ", "))
}

// New builds the module called name on the frozen head.
func New(name string, head Head, o Options) (Module, error) {
	e, err := Find(name)
	if err != nil {
		return nil, err
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if projects := head.Projection.Rows > 0; projects != (name == "projection") {
		return nil, fault.Usagef("peft: module projection, and only it, works on pre-projection features: choose another module, or import a cache with --projection")
	}
	return e.New(head, o), nil
}

// uniform fills p with U(−bound, bound).
func uniform(p []float32, bound float64, rng *rand.Rand) {
	for i := range p {
		p[i] = float32((2*rng.Float64() - 1) * bound)
	}
}
