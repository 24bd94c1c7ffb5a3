package train

import (
	"math"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// The fixture is a gate module with D = 4, C = 3, B = 2, s = 10 and rule-made weights. Its expected values were
// computed independently, in float64; ours are float32, so tolerances are absolute and follow the values' size.
type fixture struct {
	module peft.Module
	p      []float32
	x      f32.Matrix // features
	y      []int32    // labels
	z      f32.Matrix // zero-shot logits
	logits f32.Matrix
	run    peft.Run
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	text := f32.Of(3, 4, []float32{1, 2, 0, 1, 2, -1, 1, 0, 0, 1, 2, -1})
	for c := range 3 {
		f32.Normalize(text.Row(c), text.Row(c))
	}
	head := peft.Head{Text: text, Scale: 10}
	m, err := peft.New("gate", head, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := fixture{module: m, p: make([]float32, m.Layout().Size())}
	l := m.Layout()
	for i := range 4 {
		for j := range 4 {
			l[0].Of(f.p).Row(i)[j] = float32(0.1 * float64((3*i+5*j)%7-3))
			l[2].Of(f.p).Row(i)[j] = float32(0.1 * float64((2*i+3*j)%5-2))
		}
		l[1].Slice(f.p)[i] = float32(0.05 * float64(i))
		l[3].Slice(f.p)[i] = float32(0.02 * float64(i-1))
	}
	f.x, f.y = f32.Of(2, 4, []float32{1, .5, -.25, 2, -.5, 1.5, 1, .25}), []int32{0, 2}
	f.z = head.ZeroShot(nil, f.x)
	f.run = m.At(nil, f.p).Forward(nil, f.x, nil)
	f.logits = f.run.Logits()
	return f
}

func close(t *testing.T, name string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s is %.8f, want %.8f", name, got, want)
	}
}

func TestFixtureLogits(t *testing.T) {
	f := newFixture(t)
	for i, want := range [][3]float64{{6.86365668, 2.25811124, -3.56290652}, {5.84643738, -2.71275263, 7.31925894}} {
		for c, w := range want {
			close(t, "logit", float64(f.logits.Row(i)[c]), w, 5e-6)
		}
	}
	for i, want := range [][3]float64{{7.08491908, 2.21403721, -3.54245954}, {5.94811877, -3.24442842, 7.02959492}} {
		for c, w := range want {
			close(t, "zero-shot logit", float64(f.z.Row(i)[c]), w, 5e-6)
		}
	}
}

func TestFixtureTemperatures(t *testing.T) {
	f := newFixture(t)
	for i, want := range []struct {
		entropy, student, teacher float64
		ps, pt                    [3]float64
	}{
		{
			0.05041913, 0.97363613, 1.02915342,
			[3]float64{0.99123099, 0.00874686, 2.215e-05}, [3]float64{0.99124369, 0.00872383, 3.247e-05},
		},
		{
			0.52382475, 1.14597185, 0.84485047,
			[3]float64{0.21663684, 0.0001236, 0.78323956}, [3]float64{0.21753573, 4.09e-06, 0.78246018},
		},
	} {
		l, z := f.logits.Row(i), f.z.Row(i)
		target := (entropy(l, 1) + entropy(z, 1)) / 2
		close(t, "H*", target, want.entropy, 1e-6)
		ts, tt := Temperature(tempered(l), target), Temperature(tempered(z), target)
		close(t, "τ_s", ts, want.student, 2e-5) // the search resolves 1.9e−5
		close(t, "τ_t", tt, want.teacher, 2e-5)
		p := make([]float64, 3)
		softmaxAt(p, l, ts)
		for c, w := range want.ps {
			close(t, "p_s", p[c], w, 5e-6)
		}
		softmaxAt(p, z, tt)
		for c, w := range want.pt {
			close(t, "p_t", p[c], w, 5e-6)
		}
	}
}

// gradients returns the task and the align gradient of the parameters.
func (f fixture) gradients(align func(d, l, z f32.Matrix) float64) (g, a []float32, task, alignment float64) {
	d := f32.New(2, 3)
	g, a = make([]float32, len(f.p)), make([]float32, len(f.p))
	task = CrossEntropy(d, f.logits, f.y)
	f.run.Backward(nil, g, d)
	alignment = align(d, f.logits, f.z)
	f.run.Backward(nil, a, d)
	return g, a, task, alignment
}

func TestFixturePurification(t *testing.T) {
	f := newFixture(t)
	g, a, task, align := f.gradients(TKL)
	close(t, "CE", task, 0.10821922, 1e-6)
	close(t, "TKL", align, 0.00005497, 2e-7)
	_, _, _, kl := f.gradients(KL)
	close(t, "soft cross-entropy", kl, 0.31246776, 1e-6)

	layout := f.module.Layout()
	before := append([]float32{}, g...)
	s := purify(g, a, layout, 1)
	for i, want := range []struct{ task, align, cos, purified float64 }{
		{0.35761215, 0.00151375, -0.99816808, 0.02163625},
		{0.18621611, 0.00080990, -0.99973953, 0.00424991},
		{0.22624789, 0.00094032, -0.99607833, 0.02001746},
		{0.55200776, 0.00240672, -0.99968824, 0.01378286},
	} {
		gp, ap := layout[i].Slice(before), layout[i].Slice(a)
		name := layout[i].Name
		close(t, name+" |task|", f32.Norm(gp), want.task, 2e-6)
		close(t, name+" |align|", f32.Norm(ap), want.align, 1e-6)
		close(t, name+" cos", f32.Dot(gp, ap)/f32.Norm(gp)/f32.Norm(ap), want.cos, 2e-5)
		close(t, name+" |purified|", f32.Norm(layout[i].Slice(g)), want.purified, 1e-4)
	}
	for j, want := range []float64{-0.00041607, -0.00698504, -0.00383652, 0.01123763} {
		close(t, "b2 purified", float64(layout[3].Slice(g)[j]), want, 1e-4)
	}
	for j, want := range []float64{-0.07045287, 0.36271410, -0.39660928, 0.10434806} {
		close(t, "b2 task", float64(layout[3].Slice(before)[j]), want, 2e-6)
	}
	for j, want := range []float64{0.00030545, -0.00161237, 0.00171300, -0.00040608} {
		close(t, "b2 align", float64(layout[3].Slice(a)[j]), want, 1e-6)
	}
	close(t, "whole-vector cosine", s.Cosine, -0.99883495, 2e-5)
	if s.Tensors != 4 || s.Projected != 4 || !(s.NormAfter < s.NormBefore) {
		t.Errorf("stats %+v", s)
	}
}
