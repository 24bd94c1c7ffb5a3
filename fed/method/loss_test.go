package method_test

import (
	"sync/atomic"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
)

// Every method trains by the run's task loss, except for those that say that they have one of their own.
func TestOwnLoss(t *testing.T) {
	for _, e := range method.Methods {
		if e.New == nil {
			continue
		}
		p, host := fedtest.New(t, 3), e.Host
		if host == "" {
			host = "gate"
		}
		m := fedtest.Method(t, e.Name)
		home, read := p.Home(method.On(m, p.Module(t, host))), atomic.Bool{}
		home.Loss = fed.Loss{LossEntry: train.LossEntry{Open: func(train.LossOptions, train.Owner) train.Loss {
			return func(dlogits, logits f32.Matrix, y []int32) float64 {
				read.Store(true)
				return train.CrossEntropy(dlogits, logits, y)
			}
		}}}
		fedtest.MustRun(t, home, fed.Plan{Method: m, Rounds: 1, Fraction: 1})
		if read.Load() == e.OwnLoss {
			t.Errorf("%s reads the task loss: %v; has one of its own: %v", e.Name, read.Load(), e.OwnLoss)
		}
	}
}
