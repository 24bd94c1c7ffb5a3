package train

import (
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// stackedRun has the gradient dlogits itself, and counts its passes.
type stackedRun struct {
	passes  int
	grads   [][]float32
	dlogits []f32.Matrix
}

func (r *stackedRun) Logits() f32.Matrix { return f32.New(1, 4) }
func (r *stackedRun) Backward(_ *f32.Arena, grad []float32, dlogits f32.Matrix) {
	panic("a stacked run goes back once for all")
}
func (r *stackedRun) Defer(grad []float32, dlogits f32.Matrix) {
	r.grads, r.dlogits = append(r.grads, grad), append(r.dlogits, dlogits)
}
func (r *stackedRun) Settle(*f32.Arena) {
	if len(r.grads) == 0 {
		return
	}
	r.passes++
	for i, g := range r.grads {
		f32.Axpy(1, r.dlogits[i].Data, g)
	}
	r.grads, r.dlogits = nil, nil
}

// Two gradients of a stacked run are formed in one pass, when the first is read; whichever way they are read, they are
// those of a run that is not stacked.
func TestStackedGradients(t *testing.T) {
	layout := peft.Layout{{Name: "w", Rows: 2, Cols: 2}}
	delta := func(v ...float32) f32.Matrix { return f32.Of(1, 4, v) }
	for name, read := range map[string]func(g, a *Gradient, p []float32){
		"step":   func(g, _ *Gradient, p []float32) { SGD{LR: 1}.New(4).Step(p, g) },
		"added":  func(g, _ *Gradient, p []float32) { g.Add(1, make([]float32, 4)); SGD{LR: 1}.New(4).Step(p, g) },
		"dot":    func(g, _ *Gradient, p []float32) { g.AddTo(p, -1) },
		"add to": func(g, _ *Gradient, p []float32) { g.AddTo(p, -1) },
		"purify": func(g, a *Gradient, p []float32) {
			(&Purifier{Lambda: 1}).Purify(g, a)
			SGD{LR: 1}.New(4).Step(p, g)
		},
		"by row": func(g, a *Gradient, p []float32) {
			(&Purifier{Lambda: 1, Rows: layout}).Purify(g, a)
			SGD{LR: 1}.New(4).Step(p, g)
		},
	} {
		run, memory := &stackedRun{}, new(f32.Arena)
		g, a := NewGradient(layout, nil, memory), NewGradient(layout, nil, memory)
		for range 2 { // gradients are used again
			g.Backward(memory, run, delta(1, 2, 3, 4))
			a.Backward(memory, run, delta(0, 1, 0, 1))
			if name == "dot" && g.Dot([]float32{1, 1, 1, 1}) != 10 {
				t.Error("⟨g,1⟩ is not 10")
			}
			p := make([]float32, 4)
			read(g, a, p)
			for i, want := range []float32{-1, -2, -3, -4} {
				if p[i] != want {
					t.Errorf("%s: parameters %v", name, p)
					break
				}
			}
			if a.Dot([]float32{1, 1, 1, 1}) != 2 {
				t.Errorf("%s: the other gradient is not what it was", name)
			}
		}
		if run.passes != 2 {
			t.Errorf("%s: %d passes for two batches", name, run.passes)
		}
	}
}
