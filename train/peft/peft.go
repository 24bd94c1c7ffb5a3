// Package peft holds the trainable modules that sit on frozen features, or inside a frozen encoder
// ("parameter-efficient fine-tuning"). New makes one on a Head; At its parameters, Forward gives logits and Backward
// gradients.
//
// A module is a stateless value; its parameters are one flat float32 vector with a Layout of named tensors, bound to
// the module for as long as they stand still. Modules know logits and gradients with respect to logits; losses are in
// package train.
//
// Shapes: x (B,D) features as the encoder gives them, or rows of tokens inside the image tower (see VisionTower),
// T (C,D) unit class embeddings, logits (B,C).
package peft

import (
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
)

// Module maps features to class logits.
type Module interface {
	// Layout names the parameters. It is the same at every call.
	Layout() Layout
	// Init draws the initial weights into p.
	Init(p []float32, rng *rand.Rand)
	// Anchor moves p to the nearest parameters at which the module predicts zero-shot: where WiSE-FT starts from. Where
	// there are none, see Anchored, p stays as it is.
	Anchor(p []float32)
	// At binds parameters: what depends on them alone is done once. The bound module refers to p, which must not
	// change while it is used, and lives in m until its Reset; nil allocates.
	At(m *f32.Arena, p []float32) Bound
}

// Bound is a module at parameters.
type Bound interface {
	// Forward computes the logits of x. drop is the seed of the dropout mask; nil is evaluation, without dropout.
	// Equal seeds give equal masks. The run refers to x and lives in m.
	Forward(m *f32.Arena, x f32.Matrix, drop *Drop) Run
}

// Run is one forward pass, with what its backward passes need.
type Run interface {
	Logits() f32.Matrix
	// Backward adds the gradient with respect to the parameters to grad, for dlogits = ∂L/∂logits. It may be called
	// again, with another dlogits.
	Backward(m *f32.Arena, grad []float32, dlogits f32.Matrix)
}

// Factored is a run whose gradients are products over the samples of a batch. They need not be multiplied out to be
// compared, and can be applied while they are multiplied out.
type Factored interface {
	Run
	// Factors appends the factors of every tensor's gradient to f, in the order of the layout.
	Factors(f []Factor, m *f32.Arena, dlogits f32.Matrix) []Factor
}

// Featured is a run that has an adapted feature before its classifier.
type Featured interface {
	Run
	// Feature is ẑ (B,D), of unit length.
	Feature() f32.Matrix
	// BackFeature adds to grad the gradient with respect to the parameters for dfeature = ∂L/∂ẑ. It may be called
	// again, as Backward may.
	BackFeature(m *f32.Arena, grad []float32, dfeature f32.Matrix)
}

// Dropper is a module that may use dropout.
type Dropper interface {
	Module
	// Drops says whether it does.
	Drops() bool
	// Mask is the factors, each 0 or 1/(1−p), that Forward uses under the seed on so many rows, in as many rows: E of
	// features, and of rows of tokens all factors of an image.
	Mask(rows int, drop Drop) f32.Matrix
}

// Headed is a module whose last layer is a trainable classifier started from the class texts.
type Headed interface {
	Module
	// Head is its part of the layout, the last: the weights (C,D), which see s ẑ, and a bias for every class.
	Head() Layout
	// Classifier is the last layer alone: a module on adapted features ẑ, whose parameters are those of Head, packed.
	Classifier() Module
}

// TextSide is a module that moves the class texts and leaves features as they are: ℓ = s T'(p) x̂.
type TextSide interface {
	Module
	// Texts binds parameters, as At does.
	Texts(m *f32.Arena, p []float32) Texts
}

// Texts are the class texts at parameters.
type Texts interface {
	// Moved has T' (C,D), with rows of unit length, and the logit scale s.
	Moved() Head
	// Pull appends the factors of every tensor's gradient to f, in the order of the layout, for scale·q = ∂L/∂T' (C,D).
	// It may use up q.
	Pull(f []Factor, m *f32.Arena, q f32.Matrix, scale float32) []Factor
}
