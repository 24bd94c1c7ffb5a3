package method_test

import (
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/method/purel"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// WiSE-FT moves all that a method's global model is made of: at weight 1 it predicts zero-shot, whatever was learned,
// and so it does under a residual; at weight 0 it predicts as it did.
func TestWiseMovesTheGlobalModel(t *testing.T) {
	for _, e := range method.Methods {
		for _, name := range fedtest.Modules() {
			p := fedtest.New(t, 3)
			if e.New == nil {
				continue
			}
			m := fedtest.Method(t, e.Name)
			if method.Fits(m, p.Module(t, name)) != nil || m.Global(fed.Message{}) == nil {
				continue
			}
			if !peft.Anchored(p.Module(t, name)) {
				continue
			}
			all := []method.Method{m}
			if e.Shares {
				row, _ := peft.Find(name)
				all = append(all, purel.Wear{Base: m.(purel.Base), Residual: *purel.NewResidual(row)})
			}
			shared, module := run(t, p, name, m, 2, 1).State.Shared, method.On(m, p.Module(t, name))
			logits := func(m method.Method, shared fed.Message) f32.Matrix {
				phi, err := m.Global(shared)[0].Phi(nil)
				if err != nil {
					t.Fatal(err)
				}
				return module.At(nil, phi).Forward(nil, p.Test.X, nil).Logits()
			}
			tuned, zero := logits(m, shared), p.Head.ZeroShot(nil, p.Test.X)
			for i, m := range all {
				if d := f32.Distance(logits(m, eval.Moved(m, module, shared, 1)).Data, zero.Data); d > 1e-3 {
					t.Errorf("%s on %s (residual: %v): %v away from zero-shot", e.Name, name, i > 0, d)
				}
				if d := f32.Distance(logits(m, eval.Moved(m, module, shared, 0)).Data, tuned.Data); d != 0 {
					t.Errorf("%s on %s (residual: %v): %v away from where it was", e.Name, name, i > 0, d)
				}
			}
		}
	}
}
