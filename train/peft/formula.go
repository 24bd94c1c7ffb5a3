package peft

import (
	"slices"
	"unsafe"

	"github.com/fedpurel/fedpurel/train/f32"
)

// Formula writes down what a module computes at parameters that stand still, as a list of operations: what an exporter
// needs to know of it. Value 0 is the input x, and each step adds one value.
type Formula struct {
	Steps []Step
}

// Value numbers what a formula has computed. All values have one row for each row of x.
type Value int

// Step is one operation.
type Step struct {
	Op     Op
	Of     []Value    // what it works on: two values of Add and Multiply, one of the others
	Matrix f32.Matrix // W of Product; w of Weigh and b of Shift, as one row; not copied: they may lie in the parameters
	Name   string     // of Matrix
	Factor float32    // of Scale
}

// Op says what a step does with the value a, or with a and b.
type Op string

// The operations.
const (
	Product   Op = "product"   // a Wᵀ
	Weigh     Op = "weigh"     // w ⊙ a, for every row
	Shift     Op = "shift"     // a + b, for every row
	Scale     Op = "scale"     // Factor · a
	Add       Op = "add"       // a + b
	Multiply  Op = "multiply"  // a ⊙ b
	ReLU      Op = "relu"      // max(a, 0)
	Tanh      Op = "tanh"      // tanh a
	Softmax   Op = "softmax"   // along each row
	Normalise Op = "normalise" // rows at unit length; a zero row stays zero
)

// Described is a bound module that says what it computes without dropout.
type Described interface {
	Bound
	// Describe adds the steps from x to the logits to the formula, and returns the logits.
	Describe(f *Formula, x Value) Value
}

// add appends a step, unless the formula has computed the same before.
func (f *Formula) add(s Step) Value {
	if i := slices.IndexFunc(f.Steps, s.equal); i >= 0 {
		return Value(i + 1)
	}
	f.Steps = append(f.Steps, s)
	return Value(len(f.Steps))
}

// equal reports whether steps compute the same, with the same matrix in memory.
func (s Step) equal(o Step) bool {
	return s.Op == o.Op && slices.Equal(s.Of, o.Of) && s.Factor == o.Factor &&
		unsafe.SliceData(s.Matrix.Data) == unsafe.SliceData(o.Matrix.Data)
}

// Product adds a Wᵀ, with a W that is called name.
func (f *Formula) Product(a Value, name string, w f32.Matrix) Value {
	return f.add(Step{Op: Product, Of: []Value{a}, Matrix: w, Name: name})
}

// Weigh adds w ⊙ a, for every row of a, with a w that is called name.
func (f *Formula) Weigh(a Value, name string, w []float32) Value {
	return f.add(Step{Op: Weigh, Of: []Value{a}, Matrix: f32.Of(1, len(w), w), Name: name})
}

// Shift adds a + b, for every row of a, with a b that is called name.
func (f *Formula) Shift(a Value, name string, b []float32) Value {
	return f.add(Step{Op: Shift, Of: []Value{a}, Matrix: f32.Of(1, len(b), b), Name: name})
}

// Scale adds k·a, which for k = 1 is a.
func (f *Formula) Scale(k float32, a Value) Value {
	if k == 1 {
		return a
	}
	return f.add(Step{Op: Scale, Of: []Value{a}, Factor: k})
}

// Apply adds an operation that has no constants.
func (f *Formula) Apply(op Op, of ...Value) Value { return f.add(Step{Op: op, Of: of}) }
