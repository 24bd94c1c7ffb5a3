package peft

import (
	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
)

// At has nothing to do beforehand.
func (l *loraVision) At(_ *f32.Arena, p []float32) Bound {
	if l.of.Tower == nil {
		panic("peft: a module inside the image tower that was made for its layout alone is run")
	}
	return &loraVisionAt{l, p}
}

type loraVisionAt struct {
	*loraVision
	p []float32
}

func (l *loraVisionAt) Forward(m *f32.Arena, x f32.Matrix, drop *Drop) Run {
	var masks []encoder.Masks
	if drop != nil && l.Drops() {
		masks = l.masks(x.Rows, *drop)
	}
	pass := l.of.pass(l.head.Inside.work(m), x, l.terms(l.p), masks)
	unit, length := normalise(m, pass.Features)
	return &loraVisionRun{at: l, pass: pass, unit: unit, length: length, logits: l.head.logits(m, unit)}
}

// pass lets rows of tokens through the tower.
func (v VisionTower) pass(
	w encoder.Work, x f32.Matrix, low []encoder.LowRank, masks []encoder.Masks,
) *encoder.VisionPass {
	if x.Cols != v.Columns() {
		panic("peft: rows are no tokens of this tower")
	}
	tokens := f32.Of(x.Rows*x.Cols/v.Width, v.Width, x.Data)
	return v.Tower.Forward(w, encoder.Images{Tokens: tokens, Length: v.Length}, low, masks)
}

// Features are those of rows of tokens by the frozen tower, not normalised.
func (h Head) Features(m *f32.Arena, x f32.Matrix) f32.Matrix {
	v := h.Inside.Vision
	none := make([]encoder.LowRank, v.Blocks)
	for i := range none {
		for j := range adaptedMaps {
			none[i].A[j], none[i].B[j] = f32.New(1, v.Width), f32.New(v.Width, 1)
		}
	}
	return v.pass(h.Inside.work(m), x, none, nil).Features
}

// loraVisionRun keeps ẑ and ‖f(x)‖.
type loraVisionRun struct {
	deferred
	at           *loraVisionAt
	pass         *encoder.VisionPass
	unit, logits f32.Matrix
	length       []float64
}

func (r *loraVisionRun) Logits() f32.Matrix  { return r.logits }
func (r *loraVisionRun) Feature() f32.Matrix { return r.unit }

func (r *loraVisionRun) Backward(m *f32.Arena, grad []float32, dlogits f32.Matrix) {
	r.back(m, [][]float32{grad}, []f32.Matrix{r.at.head.pull(m, dlogits)})
}

func (r *loraVisionRun) BackFeature(m *f32.Arena, grad []float32, dfeature f32.Matrix) {
	r.back(m, [][]float32{grad}, []f32.Matrix{m.Clone(dfeature)})
}

func (r *loraVisionRun) Settle(m *f32.Arena) {
	grads, dlogits := r.take()
	if len(grads) == 0 {
		return
	}
	pulled := make([]f32.Matrix, len(dlogits))
	for i, d := range dlogits {
		pulled[i] = r.at.head.pull(m, d)
	}
	r.back(m, grads, pulled)
}

// back adds to each gradient what comes of q = ∂L/∂ẑ, which it uses up, all in one pass.
func (r *loraVisionRun) back(m *f32.Arena, grads [][]float32, q []f32.Matrix) {
	n, d := r.unit.Rows, r.unit.Cols
	stacked, terms := m.Matrix(len(q)*n, d), make([][]encoder.LowRank, len(grads))
	for z := range q {
		pullBack(q[z], r.unit, r.length, 1)
		copy(stacked.Data[z*n*d:], q[z].Data)
		terms[z] = r.at.terms(grads[z])
	}
	r.pass.Backward(r.at.head.Inside.work(m), terms, stacked)
}
