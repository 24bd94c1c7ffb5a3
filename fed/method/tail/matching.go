package tail

import (
	"math"

	"github.com/fedpurel/fedpurel/train/f32"
)

// epsilon keeps a row without a gradient from dividing by zero.
const epsilon = 1e-6

// distance is how far the head's gradient on features h (N,D) of a class lies from the real one A:
//
//	p = softmax(W h + b),  δ_j = p_j − e_c,  G_W = (1/N) Σ_j δ_j h_jᵀ,  G_b = (1/N) Σ_j δ_j
//	D = Σ_r [1 − cos(G_W,r , A_W,r)] + 1 − cos(G_b , A_b)
//
// It writes, with V = ∂D/∂G_W and v = ∂D/∂G_b,
//
//	∂D/∂h_j = (1/N) [ Vᵀδ_j + Wᵀ (diag p_j − p_j p_jᵀ)(V h_j + v) ]
func (at classifier) distance(m *f32.Arena, dh, h f32.Matrix, class int, real classifier) (sum float64) {
	n := float32(1 / float64(h.Rows))
	p := m.Matrix(h.Rows, at.W.Rows)
	f32.MulT(p, h, at.W)
	f32.AddRow(p, at.B)
	for j := range p.Rows {
		f32.Softmax(p.Row(j), p.Row(j))
	}
	delta := m.Clone(p)
	for j := range delta.Rows {
		delta.Row(j)[class] = -others(p.Row(j), class)
	}
	f32.Scale(n, delta.Data)
	g := classifier{f32.Of(at.W.Rows, at.W.Cols, m.Zeros(len(at.W.Data))), m.Zeros(len(at.B))}
	f32.AddTMul(g.W, delta, h)
	f32.AddRowSums(g.B, delta)
	for r := range g.W.Rows { // V takes the place of G
		sum += apart(g.W.Row(r), real.W.Row(r))
	}
	sum += apart(g.B, real.B)

	f32.Mul(dh, delta, g.W)
	u := m.Matrix(h.Rows, at.W.Rows) // (diag p − p pᵀ)(V h + v) / N
	f32.MulT(u, h, g.W)
	f32.AddRow(u, g.B)
	for j := range u.Rows {
		along := float32(f32.Dot(p.Row(j), u.Row(j)))
		for c := range u.Row(j) {
			u.Row(j)[c] = n * p.Row(j)[c] * (u.Row(j)[c] - along)
		}
	}
	through := m.Matrix(h.Rows, at.W.Cols)
	f32.Mul(through, u, at.W)
	f32.Axpy(1, through.Data, dh.Data)
	return sum
}

// others is 1 − p_c, which near 1 is more than the rounding of p_c.
func others(p []float32, class int) float32 {
	var sum float64
	for c, v := range p {
		if c != class {
			sum += float64(v)
		}
	}
	return float32(sum)
}

// apart is 1 − ⟨g,a⟩/(‖g‖‖a‖ + ε), and writes its gradient with respect to g into g.
func apart(g, a []float32) float64 {
	length, other, along := f32.Norm(g), f32.Norm(a), f32.Dot(g, a)
	under := length*other + epsilon
	shrink := 0.0 // where g is zero, its length has no slope
	if length > 0 {
		shrink = along * other / (length * under * under)
	}
	f32.Scale(float32(shrink), g)
	f32.Axpy(float32(-1/under), a, g)
	return 1 - along/under
}

// descend performs steps of  h ← h − η ∂D/∂h  and returns the last distance, which is NaN without steps.
func (at classifier) descend(m *f32.Arena, h f32.Matrix, class int, real classifier, eta float64, steps int) float64 {
	last := math.NaN()
	for range steps {
		m.Reset()
		dh := m.Matrix(h.Rows, h.Cols)
		last = at.distance(m, dh, h, class, real)
		f32.Axpy(float32(-eta), dh.Data, h.Data)
	}
	return last
}
