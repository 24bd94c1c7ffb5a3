package method_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method/personal"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// One step on each batch, from the copy and without decay, makes pFedMe's copy one of FedAvg at the rate η λ η_p, but
// for rounding; more steps do not.
func TestPFedMeOfOneStepIsFedAvg(t *testing.T) {
	const eta, lambda, own = 0.05, 10.0, 0.04
	for _, module := range []string{"gate", "linear", "text-lora"} {
		p := fedtest.New(t, 5)
		avg := phi(run(t, p, module, fedtest.Method(t, "fedavg", plainly,
			fmt.Sprintf(`{"lr": %v}`, eta*lambda*own)), 3, 0.6))
		of := func(steps int) []float32 {
			return phi(run(t, p, module, fedtest.Method(t, "pfedme", plainly, fmt.Sprintf(
				`{"lr": %v, "pfedme_lambda": %v, "personal_lr": %v, "pfedme_steps": %d, "pfedme_restart": true}`,
				eta, lambda, own, steps)), 3, 0.6))
		}
		moved := f32.Distance(avg, p.Home(p.Module(t, module)).Initial)
		if d := f32.Distance(of(1), avg); d > 1e-4*moved {
			t.Errorf("%s: one step ends %v away from FedAvg, which has moved %v", module, d, moved)
		}
		if d := f32.Distance(of(2), avg); d < 0.1*moved {
			t.Errorf("%s: a second step makes no difference", module)
		}
	}
}

// The server goes a step β from the global model to the clients' mean.
func TestPFedMeBeta(t *testing.T) {
	p := fedtest.New(t, 3)
	start := p.Home(p.Module(t, "linear")).Initial
	of := func(beta string) []float32 {
		return phi(run(t, p, "linear", fedtest.Method(t, "pfedme", `{"pfedme_beta": `+beta+`}`), 1, 1))
	}
	whole, twice := of("1"), of("2")
	if still := of("0"); !slices.Equal(still, start) {
		t.Errorf("β = 0 moves the global model by %v", f32.Distance(still, start))
	}
	if a, b := f32.Distance(whole, start), f32.Distance(twice, start); b < 1.999*a || b > 2.001*a || a == 0 {
		t.Errorf("β = 2 moves the global model by %v, β = 1 by %v", b, a)
	}
}

// Rates at which a client's own model does not settle are refused.
func TestPFedMeSettles(t *testing.T) {
	for _, c := range []struct {
		own, rate, lambda float64
		ok                bool
	}{
		{0.05, 0.005, 15, true}, {0.2, 0.005, 15, false}, {0.05, 0.1, 15, false}, {0.05, 0.1, 10, true},
		{9, 9, 0, true},
	} {
		m := personal.NewPFedMe(peft.Entry{})
		m.OwnLR, m.LR, m.Lambda = c.own, c.rate, c.lambda
		if err := m.Validate(); (err == nil) != c.ok || err != nil && fault.KindOf(err) != fault.Usage {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
