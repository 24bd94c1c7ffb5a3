package method_test

import (
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/option"
	"github.com/fedpurel/fedpurel/train/peft"
)

// A schedule changes what every method that has one learns, but not in the first round, which goes at the rate itself.
func TestSchedule(t *testing.T) {
	p := fedtest.New(t, 5)
	for _, e := range method.Methods {
		if e.New == nil || !option.Has(e.New(peft.Entry{}), "schedule") {
			continue
		}
		module := e.Host
		if module == "" {
			module = "lora-head"
		}
		learned := func(rounds int, schedule string) (all []float32) {
			m := fedtest.Method(t, e.Name, `{"schedule": "`+schedule+`"}`)
			home := p.Home(method.On(m, p.Module(t, module)))
			o := fedtest.MustRun(t, home, fed.Plan{Method: m, Rounds: rounds, Fraction: 1, Workers: 2})
			all = append(all, phi(o)...)
			for _, own := range o.Kept["phi"] {
				all = append(all, own...)
			}
			return all
		}
		if a, b := learned(1, "constant"), learned(1, "cosine"); !slices.Equal(a, b) {
			t.Errorf("%s: one round by cosine is %v from one at a constant rate", e.Name, f32.Distance(a, b))
		}
		if slices.Equal(learned(3, "constant"), learned(3, "cosine")) {
			t.Errorf("%s does not read its schedule", e.Name)
		}
	}
}

// By cosine, the second of two rounds goes at half the rate: a step of plain FedAvg is half as long.
func TestCosineHalvesTheRate(t *testing.T) {
	p := fedtest.New(t, 1)
	step := func(rounds int, schedule string) []float32 {
		plain := `{"batch": 1000, "momentum": 0, "weight_decay": 0, "schedule": "` + schedule + `"}`
		return phi(run(t, p, "linear", fedtest.Method(t, "fedavg", plain), rounds, 1))
	}
	one, constant, cosine := step(1, "constant"), step(2, "constant"), step(2, "cosine")
	for i := range one {
		whole, half := float64(constant[i]-one[i]), float64(cosine[i]-one[i])
		if d := whole - 2*half; d > 1e-6 || d < -1e-6 {
			t.Fatalf("parameter %d moves by %v, at half the rate by %v", i, whole, half)
		}
	}
}
