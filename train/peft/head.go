package peft

import "github.com/fedpurel/fedpurel/train/f32"

// Head is the frozen classifier of a dual encoder: ℓ = s·T ẑ, with unit class embeddings T (C,D) and logit scale s.
// Where features are taken before the encoder's visual projection P (D,E), Projection is P and x has E columns.
type Head struct {
	Text       f32.Matrix
	Scale      float32
	Projection f32.Matrix // empty if features are embeddings already
	Inside     *Inside    // of modules inside the encoder; else nil
}

// ZeroShot returns the logits of the features as they are: ℓ_c = s·⟨x/‖x‖, t_c⟩, or with P x for x. With an image tower
// inside, rows of x are tokens, and the tower's features are x.
func (h Head) ZeroShot(m *f32.Arena, x f32.Matrix) f32.Matrix {
	if h.Inside != nil && h.Inside.Vision.Tower != nil {
		x = h.Inside.ZeroShot(m, x)
	}
	if h.Projection.Rows > 0 {
		x = h.project(m, x)
	}
	unit, _ := normalise(m, x)
	return h.logits(m, unit)
}

// project performs x Pᵀ.
func (h Head) project(m *f32.Arena, x f32.Matrix) f32.Matrix {
	out := m.Matrix(x.Rows, h.Projection.Rows)
	f32.MulT(out, x, h.Projection)
	return out
}

// logits performs ℓ = s ẑ Tᵀ.
func (h Head) logits(m *f32.Arena, unit f32.Matrix) f32.Matrix {
	out := m.Matrix(unit.Rows, h.Text.Rows)
	f32.MulT(out, unit, h.Text)
	f32.Scale(h.Scale, out.Data)
	return out
}

// pull performs q = s δ T, the gradient with respect to ẑ for δ = ∂L/∂ℓ.
func (h Head) pull(m *f32.Arena, dlogits f32.Matrix) f32.Matrix {
	q := m.Matrix(dlogits.Rows, h.Text.Cols)
	f32.Mul(q, dlogits, h.Text)
	f32.Scale(h.Scale, q.Data)
	return q
}

// normalise returns the rows of v at unit length, and their lengths. A zero row stays zero.
func normalise(m *f32.Arena, v f32.Matrix) (unit f32.Matrix, length []float64) {
	unit, length = m.Matrix(v.Rows, v.Cols), m.Float64s(v.Rows)
	for i := range v.Rows {
		length[i] = f32.Normalize(unit.Row(i), v.Row(i))
	}
	return unit, length
}

// pullBack turns q = ∂L/∂(v/‖v‖) into scale·∂L/∂v = scale·(q − v̂⟨v̂,q⟩)/‖v‖, row by row, in place; zero where v is
// zero.
func pullBack(q, unit f32.Matrix, length []float64, scale float32) {
	for i := range q.Rows {
		row, v := q.Row(i), unit.Row(i)
		along, k := float32(f32.Dot(v, row)), float32(0)
		if length[i] > 0 {
			k = float32(float64(scale) / length[i])
		}
		f32.Axpy(-along, v, row)
		f32.Scale(k, row)
	}
}
