package peft

import (
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
)

// text is a module that moves the class embeddings instead of the feature, the feature-space analogue of prompt tuning
// and of LoRA in the text tower:
//
//	t'_c = (t_c + e_c)/‖t_c + e_c‖,  ℓ = s T' x̂
//
// Shapes: x (B,D)  T,T' (C,D).
type text struct {
	mover
	head Head
}

// mover says how the class embeddings move: what e_c is, as a function of the parameters. All start at zero-shot.
type mover interface {
	Layout() Layout
	Init(p []float32, rng *rand.Rand)
	Anchor(p []float32)
	// move returns t_c + e_c, as (C,D), and what factors reads again.
	move(m *f32.Arena, p []float32) (moved, inner f32.Matrix)
	// factors appends those of its tensors for de = ∂L/∂e (C,D), which it may use up.
	factors(f []Factor, m *f32.Arena, p []float32, inner, de f32.Matrix) []Factor
}

func (t *text) At(m *f32.Arena, p []float32) Bound { return t.at(m, p) }

func (t *text) Texts(m *f32.Arena, p []float32) Texts { return t.at(m, p) }

// at moves the class embeddings.
func (t *text) at(m *f32.Arena, p []float32) *textAt {
	moved, inner := t.move(m, p)
	unit, length := normalise(m, moved)
	return &textAt{t, p, inner, Head{Text: unit, Scale: t.head.Scale}, length}
}

// textAt keeps T' and the lengths of the moved embeddings.
type textAt struct {
	*text
	p      []float32
	inner  f32.Matrix
	moved  Head
	length []float64
}

func (t *textAt) Moved() Head { return t.moved }

func (t *textAt) Pull(f []Factor, m *f32.Arena, q f32.Matrix, scale float32) []Factor {
	// ∂L/∂e_c = scale (q_c − t'_c⟨t'_c,q_c⟩)/‖t_c + e_c‖
	pullBack(q, t.moved.Text, t.length, scale)
	return t.factors(f, m, t.p, t.inner, q)
}

func (t *textAt) Forward(m *f32.Arena, x f32.Matrix, _ *Drop) Run {
	unit, _ := normalise(m, x)
	return &textRun{t, unit, t.moved.logits(m, unit)}
}

// textRun keeps x̂.
type textRun struct {
	at           *textAt
	unit, logits f32.Matrix
}

func (r *textRun) Logits() f32.Matrix { return r.logits }

func (r *textRun) Factors(f []Factor, m *f32.Arena, dlogits f32.Matrix) []Factor {
	return r.at.Pull(f, m, r.at.moved.gather(m, dlogits, r.unit), r.at.moved.Scale)
}

// gather performs q_c = Σ_i δ_ic x̂_i, with which ∂L/∂t'_c = s q_c.
func (h Head) gather(m *f32.Arena, dlogits, unit f32.Matrix) f32.Matrix {
	q := m.Matrix(h.Text.Rows, h.Text.Cols)
	clear(q.Data)
	f32.AddTMul(q, dlogits, unit)
	return q
}

func (r *textRun) Backward(m *f32.Arena, grad []float32, dlogits f32.Matrix) {
	multiplyOut(grad, r.Factors(nil, m, dlogits))
}
