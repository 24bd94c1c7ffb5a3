package peft

import (
	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
)

// promptAt keeps T', the lengths of the texts' features, and the pass through the tower.
type promptAt struct {
	*prompt
	pass   *encoder.PromptsPass
	moved  Head
	length []float64
}

func (p *promptAt) Moved() Head { return p.moved }

// Describe has T' for a constant.
func (p *promptAt) Describe(f *Formula, x Value) Value { return p.moved.Describe(f, x) }

// Pull has the gradient multiplied out: a product of nothing, in one row.
func (p *promptAt) Pull(f []Factor, m *f32.Arena, q f32.Matrix, scale float32) []Factor {
	grad := m.Zeros(p.ctx.Rows * p.ctx.Cols)
	p.back(m, []f32.Matrix{p.contexts(grad)}, q, scale)
	return append(f, Factor{Tensor: p.ctx, D: f32.Of(1, len(grad), grad)})
}

// back adds to each of grads the gradient for its part of scale·q = ∂L/∂T', stacked (s·C,E). It uses up q.
func (p *promptAt) back(m *f32.Arena, grads []f32.Matrix, q f32.Matrix, scale float32) {
	for z := range grads {
		pullBack(stacked(q, z, p.moved.Text.Rows), p.moved.Text, p.length, scale)
	}
	p.pass.Backward(p.head.Inside.work(m), grads, q)
}

func (p *promptAt) Forward(m *f32.Arena, x f32.Matrix, _ *Drop) Run {
	unit, _ := normalise(m, x)
	return &promptRun{at: p, unit: unit, logits: p.moved.logits(m, unit)}
}

// promptRun keeps x̂.
type promptRun struct {
	deferred
	at           *promptAt
	unit, logits f32.Matrix
}

func (r *promptRun) Logits() f32.Matrix { return r.logits }

func (r *promptRun) Backward(m *f32.Arena, grad []float32, dlogits f32.Matrix) {
	r.back(m, [][]float32{grad}, []f32.Matrix{dlogits})
}

func (r *promptRun) Settle(m *f32.Arena) {
	if grads, dlogits := r.take(); len(grads) > 0 {
		r.back(m, grads, dlogits)
	}
}

// back is one pass for all gradients.
func (r *promptRun) back(m *f32.Arena, grads [][]float32, dlogits []f32.Matrix) {
	defer m.Release(m.Mark())
	t := r.at.moved.Text
	q, of := m.Matrix(len(grads)*t.Rows, t.Cols), make([]f32.Matrix, len(grads))
	clear(q.Data)
	for z, d := range dlogits {
		f32.AddTMul(stacked(q, z, t.Rows), d, r.unit)
		of[z] = r.at.contexts(r.at.ctx.Slice(grads[z]))
	}
	r.at.back(m, of, q, r.at.moved.Scale)
}
