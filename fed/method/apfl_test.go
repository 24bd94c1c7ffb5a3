package method_test

import (
	"math"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
)

// plainly turns momentum and weight decay off.
const plainly = `{"momentum": 0, "weight_decay": 0}`

// APFL's global model is FedAvg's, bit for bit, whatever α is; with α = 1 a client's own model is that of local
// training, and with α = 0 it never moves.
func TestAPFLReductions(t *testing.T) {
	for _, module := range []string{"gate", "lora-head", "text-lora"} {
		p := fedtest.New(t, 5)
		avg := run(t, p, module, fedtest.Method(t, "fedavg", plainly), 4, 0.5)
		local := run(t, p, module, fedtest.Method(t, "local", plainly), 4, 0.5)
		for _, option := range []string{
			`{"apfl_alpha": 0}`, `{"apfl_alpha": 1}`, `{"apfl_alpha": 0.3}`, `{"apfl_adaptive": true}`,
		} {
			o := run(t, p, module, fedtest.Method(t, "apfl", option), 4, 0.5)
			if !slices.Equal(phi(o), phi(avg)) {
				t.Errorf("%s, %s: %v apart from FedAvg", module, option, f32.Distance(phi(o), phi(avg)))
			}
			for k, copied := range avg.Kept["phi"] {
				own := o.Kept["own"][k]
				if !slices.Equal(o.Kept["phi"][k], copied) {
					t.Errorf("%s, %s: client %d's copy is not FedAvg's", module, option, k)
				}
				switch alone := slices.Equal(own, local.Kept["phi"][k]); {
				case own == nil: // it never took part
				case option == `{"apfl_alpha": 0}`:
					if !slices.Equal(own, p.Home(p.Module(t, module)).Initial) {
						t.Errorf("%s: client %d's own model moves with α = 0", module, k)
					}
				case alone != (option == `{"apfl_alpha": 1}`):
					t.Errorf("%s, %s: client %d's own model is that of local training: %v", module, option, k, alone)
				}
			}
		}
	}
}

// A client of APFL predicts with α ℓ(v) + (1−α) ℓ(w) by its own α, which the slope moves; one that never took part
// with the global model.
func TestAPFLMixesLogits(t *testing.T) {
	p := fedtest.New(t, 5)
	module, m := p.Module(t, "gate"), fedtest.Method(t, "apfl", `{"apfl_adaptive": true, "apfl_alpha": 0.6}`)
	home := p.Home(module)
	defer home.Kept.Close()
	state, _, err := fed.Run(t.Context(), home, fed.Plan{Method: m, Rounds: 2, Fraction: 0.4, Seed: home.Seed})
	if err != nil {
		t.Fatal(err)
	}
	logits := func(phi []float32) f32.Matrix { return module.At(nil, phi).Forward(nil, p.Test.X, nil).Logits() }
	absent, moved := 0, 0
	for k := range 5 {
		c := home.Client(t.Context(), k)
		got, err := m.Personal(c, state.Shared).Logits(nil, func(part fed.Part) (f32.Matrix, error) {
			phi, err := part.Phi(nil)
			return logits(phi), err
		})
		if err != nil {
			t.Fatal(err)
		}
		want := logits(state.Shared["phi"])
		if alpha := c.Kept("alpha", nil); alpha == nil {
			absent++
		} else {
			if alpha[0] != 0.6 {
				moved++
			}
			want = logits(c.Kept("own", nil))
			f32.Scale(alpha[0], want.Data)
			f32.Axpy(1-alpha[0], logits(c.Kept("phi", nil)).Data, want.Data)
		}
		if d := f32.Distance(got.Data, want.Data); d > 1e-5*f32.Norm(want.Data) {
			t.Errorf("client %d predicts %v off", k, d)
		}
		c.Release()
	}
	if absent == 0 || moved == 0 {
		t.Errorf("%d clients never took part, %d have another α: the test shows nothing", absent, moved)
	}
}

// Each client's α follows ∂L/∂α of the mixture on the first batch of its round: by finite differences.
func TestAPFLSlope(t *testing.T) {
	p := fedtest.New(t, 1)
	options := `{"apfl_adaptive": true, "apfl_alpha": 0.5, "lr": 0.001, "batch": 1000}`
	o := run(t, p, "lora-head", fedtest.Method(t, "apfl", options), 1, 1)
	module := p.Module(t, "lora-head")
	x, y := f32.New(len(p.Partition.Clients[0].Train), fedtest.Dim), []int32{}
	for i, row := range p.Partition.Clients[0].Train {
		copy(x.Row(i), p.Train.X.Row(row))
		y = append(y, p.Train.Y[row])
	}
	v, w := p.Home(module).Initial, o.Kept["phi"][0]
	loss := func(alpha float32) float64 {
		mixed := module.At(nil, v).Forward(nil, x, nil).Logits().Clone()
		f32.Scale(alpha, mixed.Data)
		f32.Axpy(1-alpha, module.At(nil, w).Forward(nil, x, nil).Logits().Data, mixed.Data)
		return train.CrossEntropy(mixed, mixed, y)
	}
	slope := (loss(0.75) - loss(0.25)) / 0.5
	if got := (0.5 - float64(o.Kept["alpha"][0][0])) / 0.001; math.Abs(got-slope) > 0.02*math.Abs(slope) {
		t.Errorf("α moves by a slope of %v, finite differences give %v", got, slope)
	}
}
