package peft

import (
	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
)

// images are rows of tokens as the tower reads them.
func (v VisionTower) images(x f32.Matrix) encoder.Images {
	rows := v.Columns() / v.Width
	return encoder.Images{Tokens: f32.Of(x.Rows*rows, v.Width, x.Data), Length: v.Length}
}

// together is how many images go through the tower in one pass, which is kept, and in how many parts more of them go:
// passes through whole blocks keep up to 15 MB for an image and block.
func (v VisionTower) together() (most, part int) {
	if v.Blocks == 1 {
		return 128, 128
	}
	return 32, 8
}

// look is a forward pass over rows of tokens.
type look struct {
	of       *Inside
	x        f32.Matrix
	low      []encoder.LowRank
	masks    []encoder.Masks
	features f32.Matrix          // (N,E), not normalised
	pass     *encoder.VisionPass // nil: there were too many images to keep it
}

// look computes features with low-rank terms, under masks or without.
func (i *Inside) look(m *f32.Arena, x f32.Matrix, low []encoder.LowRank, masks []encoder.Masks) *look {
	l := &look{of: i, x: x, low: low, masks: masks}
	most, _ := i.Vision.together()
	if x.Rows <= most {
		l.pass = i.Vision.Tower.Forward(i.work(m), i.Vision.images(x), low, masks)
		l.features = l.pass.Features
		return l
	}
	l.features = m.Matrix(x.Rows, i.Vision.Tower.Embedding())
	l.parts(m, func(from, to int, pass *encoder.VisionPass) {
		copy(l.features.Data[from*l.features.Cols:], pass.Features.Data)
	})
	return l
}

// parts lets some images at a time through the tower. What that takes is released after visit.
func (l *look) parts(m *f32.Arena, visit func(from, to int, pass *encoder.VisionPass)) {
	v := l.of.Vision
	_, part := v.together()
	for from := 0; from < l.x.Rows; from += part {
		mark, to := m.Mark(), min(from+part, l.x.Rows)
		x := f32.Of(to-from, l.x.Cols, l.x.Data[from*l.x.Cols:to*l.x.Cols])
		var masks []encoder.Masks
		for _, all := range l.masks {
			for j := range all {
				all[j] = all[j].Rows(from*v.Length, to*v.Length)
			}
			masks = append(masks, all)
		}
		visit(from, to, v.Tower.Forward(l.of.work(m), v.images(x), l.low, masks))
		m.Release(mark)
	}
}

// back adds to each of grads its gradients for its part of d = ∂L/∂f, stacked (s·N,E).
func (l *look) back(m *f32.Arena, grads [][]encoder.LowRank, d f32.Matrix) {
	if l.pass != nil {
		l.pass.Backward(l.of.work(m), grads, d)
		return
	}
	l.parts(m, func(from, to int, pass *encoder.VisionPass) {
		own, n := m.Matrix(len(grads)*(to-from), d.Cols), l.x.Rows
		for z := range grads {
			copy(stacked(own, z, to-from).Data, d.Data[(z*n+from)*d.Cols:(z*n+to)*d.Cols])
		}
		pass.Backward(l.of.work(m), grads, own)
	})
}

// ZeroShot are the features (B,E) of rows of tokens by the frozen tower, without low-rank terms; not of unit length.
func (i *Inside) ZeroShot(m *f32.Arena, x f32.Matrix) f32.Matrix {
	v := i.Vision
	none := make([]encoder.LowRank, v.Blocks)
	for b := range none {
		for j := range none[b].A {
			none[b].A[j], none[b].B[j] = f32.New(0, v.Width), f32.New(v.Width, 0)
		}
	}
	return i.look(m, x, none, nil).features
}

func (v *visionAt) Forward(m *f32.Arena, x f32.Matrix, drop *Drop) Run {
	var masks []encoder.Masks
	if drop != nil && v.Drops() {
		masks = v.masks(x.Rows, *drop)
	}
	r := &visionRun{at: v, look: v.head.Inside.look(m, x, v.low, masks)}
	r.unit, r.length = normalise(m, r.look.features)
	r.logits = v.head.logits(m, r.unit)
	return r
}

// visionRun keeps ẑ, ‖f‖ and the pass through the tower.
type visionRun struct {
	deferred
	at           *visionAt
	look         *look
	unit, logits f32.Matrix
	length       []float64
}

func (r *visionRun) Logits() f32.Matrix { return r.logits }

func (r *visionRun) Feature() f32.Matrix { return r.unit }

func (r *visionRun) Backward(m *f32.Arena, grad []float32, dlogits f32.Matrix) {
	r.back(m, [][]float32{grad}, r.at.head.pull(m, dlogits))
}

func (r *visionRun) BackFeature(m *f32.Arena, grad []float32, dfeature f32.Matrix) {
	r.back(m, [][]float32{grad}, m.Clone(dfeature))
}

func (r *visionRun) Settle(m *f32.Arena) {
	grads, dlogits := r.take()
	if len(grads) == 0 {
		return
	}
	q := m.Matrix(len(grads)*r.unit.Rows, r.unit.Cols)
	for z, d := range dlogits {
		own := stacked(q, z, r.unit.Rows)
		f32.Mul(own, d, r.at.head.Text)
		f32.Scale(r.at.head.Scale, own.Data)
	}
	r.back(m, grads, q)
}

// back is one pass for all gradients, for q = ∂L/∂ẑ, stacked, which it uses up.
func (r *visionRun) back(m *f32.Arena, grads [][]float32, q f32.Matrix) {
	of := make([][]encoder.LowRank, len(grads))
	for z, g := range grads {
		of[z] = r.at.terms(g)
		pullBack(stacked(q, z, r.unit.Rows), r.unit, r.length, 1)
	}
	r.look.back(m, of, q)
}
