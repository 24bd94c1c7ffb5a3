package method_test

import (
	"math"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Without contrast, and with U and V at zero, where they stay, FedPGP is PromptFL bit for bit. With either it is not.
func TestFedPGPWithoutTermIsPromptFL(t *testing.T) {
	for _, name := range []string{"text-shift", "text-class"} {
		p := fedtest.New(t, 5)
		want := run(t, p, name, fedtest.Method(t, "promptfl"), 4, 0.5)
		of := func(options string, zero bool) ([]float32, []float32) {
			m := fedtest.Method(t, "fedpgp", options)
			module := method.On(m, p.Module(t, name)).(*peft.Bottleneck)
			home := p.Home(module)
			if zero {
				module.Own().Put(home.Initial, make([]float32, module.Own().Count()))
			}
			o := fedtest.MustRun(t, home, fed.Plan{Method: m, Rounds: 4, Fraction: 0.5, Workers: 2})
			return module.Layout()[:1].Take(phi(o)), module.Own().Take(phi(o))
		}
		e, own := of(`{"pgp_mu": 0}`, true)
		if !slices.Equal(e, phi(want)) {
			t.Errorf("%s: %v away from PromptFL", name, f32.Distance(e, phi(want)))
		}
		if f32.Norm(own) != 0 {
			t.Errorf("%s: what is shared has U and V", name)
		}
		if with, _ := of(`{"pgp_mu": 0}`, false); slices.Equal(with, e) {
			t.Errorf("%s: U and V make no difference", name)
		}
		if with, own := of(`{"pgp_mu": 1}`, false); slices.Equal(with, e) || f32.Norm(own) != 0 {
			t.Errorf("%s: the contrast makes no difference, or U and V are shared", name)
		}
	}
}

// A step of FedPGP goes down the slope of CE(e + U V) + μ L_contrast, by finite differences; only e is sent, and what
// everybody predicts with is e alone.
func TestFedPGPSteps(t *testing.T) {
	for _, name := range []string{"text-shift", "text-class"} {
		p := fedtest.New(t, 1)
		m := fedtest.Method(t, "fedpgp", plainly, `{"batch": 1000, "lr": 0.01, "pgp_mu": 3, "pgp_bottleneck": 2}`)
		bare := p.Module(t, name)
		module := method.On(m, bare).(*peft.Bottleneck)
		home := p.Home(module)
		for i := range home.Initial { // where no tensor is special
			home.Initial[i] = 0.3 * float32(math.Sin(float64(3*i+1)))
		}
		start := slices.Clone(home.Initial)
		o := fedtest.MustRun(t, home, fed.Plan{Method: m, Rounds: 1, Fraction: 1})
		e := module.Layout()[:1]
		after := slices.Concat(e.Take(phi(o)), o.Kept["own"][0])
		x, y := f32.New(len(p.Partition.Clients[0].Train), fedtest.Dim), []int32{}
		for i, row := range p.Partition.Clients[0].Train {
			copy(x.Row(i), p.Train.X.Row(row))
			y = append(y, p.Train.Y[row])
		}
		loss := func(at []float32) float64 {
			logits := module.At(nil, at).Forward(nil, x, nil).Logits()
			sum := train.CrossEntropy(logits, logits, y)
			s, own := module.Alone(nil, at).Moved().Text, module.Texts(nil, at).Moved().Text
			for c := range s.Rows {
				by := (f32.Dot(s.Row(c), own.Row(c)) - f32.Dot(p.Head.Text.Row(c), s.Row(c))) / 0.5
				sum += 3 * math.Log(1+math.Exp(by)) / float64(s.Rows)
			}
			return sum
		}
		var worst, size float64
		for i, v := range start {
			const h = 1.0 / 128
			start[i] = v + h
			up := loss(start)
			start[i] = v - h
			down := loss(start)
			start[i] = v
			want, got := (up-down)/(2*h), float64(v-after[i])/0.01
			worst, size = max(worst, math.Abs(got-want)), max(size, math.Abs(want))
		}
		if worst > 3e-3*size {
			t.Errorf("%s: steps are up to %v off slopes of up to %v", name, worst, size)
		}
		if want := int64(2 * e.Count()); o.Records[0].Floats != want {
			t.Errorf("%s: %d floats, want %d", name, o.Records[0].Floats, want)
		}
		global := module.At(nil, phi(o)).Forward(nil, p.Test.X, nil).Logits()
		alone := bare.At(nil, e.Take(phi(o))).Forward(nil, p.Test.X, nil).Logits()
		if !slices.Equal(global.Data, alone.Data) {
			t.Errorf("%s: the global model is not e alone", name)
		}
	}
}
