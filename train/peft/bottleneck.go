package peft

import (
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
)

// Bottleneck is a module that shifts the class texts, with a shift of low rank on top:
//
//	t'_c = (t_c + e_c + (U V)_c)/‖t_c + e_c + (U V)_c‖
//
// Shapes: e (R,D)  U (R,b)  V (b,D). R is 1 where one shift moves all texts, and C where each has its own. The tensor e
// lies before U and V.
type Bottleneck struct {
	*text
	of TextSide
}

// bottleneckSpread is the standard deviation of the first U and V, as FedPGP draws them.
const bottleneckSpread = 0.02

// Shifts reports whether a module shifts the class texts, by vectors that are its parameters.
func Shifts(m Module) bool {
	t, is := m.(*text)
	if !is {
		return false
	}
	switch t.mover.(type) {
	case *textShift, *textClass:
		return true
	}
	return false
}

// NewBottleneck is a module that shifts the class texts, with U and V of a width b. The names of these begin with own.
func NewBottleneck(of TextSide, width int) *Bottleneck {
	if !Shifts(of) {
		panic("peft: a bottleneck of a module that does not shift the class texts")
	}
	bare := of.(*text)
	l := append(Layout{}, bare.Layout()...)
	e := l[0]
	l = layout(append(l,
		Tensor{Name: "own.U", Rows: e.Rows, Cols: width}, Tensor{Name: "own.V", Rows: width, Cols: e.Cols})...)
	return &Bottleneck{&text{&bottleneck{bare.mover, e, l[1], l[2], l}, bare.head}, of}
}

// Own is the part of the layout that U and V have.
func (b *Bottleneck) Own() Layout { return b.Layout()[1:] }

// Alone binds e alone: the class texts without U V.
func (b *Bottleneck) Alone(m *f32.Arena, p []float32) Texts {
	return b.of.Texts(m, p[:b.of.Layout().Size()])
}

// bottleneck moves the class texts by e and by U V.
type bottleneck struct {
	mover
	e, u, v Tensor
	tensors Layout
}

func (b *bottleneck) Layout() Layout { return b.tensors }

// Init draws U and V from a normal distribution, after e.
func (b *bottleneck) Init(p []float32, rng *rand.Rand) {
	b.mover.Init(b.e.Slice(p), rng)
	for _, t := range []Tensor{b.u, b.v} {
		own := t.Slice(p)
		for i := range own {
			own[i] = float32(bottleneckSpread * rng.NormFloat64())
		}
	}
}

// Anchor moves e, and sets U to zero.
func (b *bottleneck) Anchor(p []float32) {
	b.mover.Anchor(b.e.Slice(p))
	clear(b.u.Slice(p))
}

func (b *bottleneck) move(m *f32.Arena, p []float32) (moved, inner f32.Matrix) {
	moved, inner = b.mover.move(m, b.e.Slice(p))
	uv := m.Matrix(b.e.Rows, b.e.Cols)
	f32.Mul(uv, b.u.Of(p), b.v.Of(p))
	if uv.Rows == 1 {
		f32.AddRow(moved, uv.Data)
	} else {
		f32.Axpy(1, uv.Data, moved.Data)
	}
	return moved, inner
}

// factors of ∂U = ∂e Vᵀ and ∂V = Uᵀ ∂e, themselves: products of nothing, in one row.
func (b *bottleneck) factors(f []Factor, m *f32.Arena, p []float32, inner, de f32.Matrix) []Factor {
	f = b.mover.factors(f, m, b.e.Slice(p), inner, de)
	if b.e.Rows == 1 {
		sum := f32.Of(1, de.Cols, m.Zeros(de.Cols))
		f32.AddRowSums(sum.Data, de)
		de = sum
	}
	du, dv := m.Matrix(b.u.Rows, b.u.Cols), f32.Of(b.v.Rows, b.v.Cols, m.Zeros(b.v.Rows*b.v.Cols))
	f32.MulT(du, de, b.v.Of(p))
	f32.AddTMul(dv, b.u.Of(p), de)
	return append(f,
		Factor{Tensor: b.u, D: f32.Of(1, len(du.Data), du.Data)},
		Factor{Tensor: b.v, D: f32.Of(1, len(dv.Data), dv.Data)})
}
