package peft

import "github.com/fedpurel/fedpurel/train/f32"

// Head is the frozen classifier of a dual encoder: ℓ = s·T ẑ, with unit class embeddings T (C,D) and logit scale s.
type Head struct {
	Text  f32.Matrix
	Scale float32
}

// ZeroShot returns the logits of the features as they are: ℓ_c = s·⟨x/‖x‖, t_c⟩.
func (h Head) ZeroShot(x f32.Matrix) f32.Matrix {
	unit, _ := normalise(x)
	return h.logits(unit)
}

// logits performs ℓ = s ẑ Tᵀ.
func (h Head) logits(unit f32.Matrix) f32.Matrix {
	out := f32.New(unit.Rows, h.Text.Rows)
	f32.MulT(out, unit, h.Text)
	f32.Scale(h.Scale, out.Data)
	return out
}

// pull performs q = s δ T, the gradient with respect to ẑ for δ = ∂L/∂ℓ.
func (h Head) pull(dlogits f32.Matrix) f32.Matrix {
	q := f32.New(dlogits.Rows, h.Text.Cols)
	f32.Mul(q, dlogits, h.Text)
	f32.Scale(h.Scale, q.Data)
	return q
}

// normalise returns the rows of v at unit length, and their lengths. A zero row stays zero.
func normalise(v f32.Matrix) (unit f32.Matrix, length []float64) {
	unit, length = f32.New(v.Rows, v.Cols), make([]float64, v.Rows)
	for i := range v.Rows {
		length[i] = f32.Normalize(unit.Row(i), v.Row(i))
	}
	return unit, length
}
