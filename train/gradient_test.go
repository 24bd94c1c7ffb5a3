package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// problem is a module of realistic proportions with a batch.
type problem struct {
	module      peft.Module
	p           []float32
	x, z        f32.Matrix
	y           []int32
	delta, away f32.Matrix
}

func newProblem(t testing.TB, name string, batch, dim, classes int) problem {
	t.Helper()
	rng := rand.New(rand.NewPCG(21, 22))
	head := peft.Head{Text: random(rng, classes, dim, 1), Scale: 20}
	for c := range classes {
		f32.Normalize(head.Text.Row(c), head.Text.Row(c))
	}
	o := peft.DefaultOptions()
	o.Hidden = 64
	m, err := peft.New(name, head, o)
	if err != nil {
		t.Fatal(err)
	}
	q := problem{module: m, p: make([]float32, m.Layout().Size()), x: random(rng, batch, dim, 1), y: make([]int32, batch)}
	m.Init(q.p, rng)
	f32.Axpy(0.05, random(rng, 1, len(q.p), 1).Data, q.p)
	for i := range q.y {
		q.y[i] = int32(rng.IntN(classes))
	}
	q.z = head.ZeroShot(nil, q.x)
	q.delta, q.away = f32.New(batch, classes), f32.New(batch, classes)
	return q
}

// TestPurificationThroughFactors holds gradients that stay products against those that are multiplied out, for every module: inner products,
// the projection, and the step.
func TestPurificationThroughFactors(t *testing.T) {
	for _, name := range peft.Names() {
		if name == "projection" {
			continue // lora on another input
		}
		for _, whole := range []bool{false, true} {
			q := newProblem(t, name, 16, 96, 20)
			logits, cache := q.module.Forward(nil, q.p, q.x)
			fast := [2]*Gradient{NewGradient(q.module, nil), NewGradient(q.module, nil)}
			var plain [2]*Gradient
			products := 0
			for i, delta := range []f32.Matrix{q.delta, q.away} {
				if i == 0 {
					CrossEntropy(delta, logits, q.y)
				} else {
					TKL(delta, logits, q.z)
				}
				g := make([]float32, len(q.p))
				q.module.Backward(nil, g, q.p, cache, delta)
				plain[i] = dense(q.module.Layout(), g)
				fast[i].Backward(nil, q.p, cache, delta)
				for j := range fast[i].Layout {
					if fast[i].product(j) {
						products++
					}
				}
			}
			if (name == "gate" || name == "linear") && products == 0 {
				t.Errorf("%s: nothing stays a product, so this shows nothing", name)
			}
			a, b := Purifier{Lambda: 0.8, Whole: whole}, Purifier{Lambda: 0.8, Whole: whole}
			got, want := a.Purify(fast[0], fast[1]), b.Purify(plain[0], plain[1])
			near := func(what string, x, y float64) {
				if math.Abs(x-y) > 2e-5*(1+math.Abs(y)) {
					t.Errorf("%s, whole %v: %s is %v, multiplied out %v", name, whole, what, x, y)
				}
			}
			near("cosine", got.Cosine, want.Cosine)
			near("norm before", got.NormBefore, want.NormBefore)
			near("norm after", got.NormAfter, want.NormAfter)
			for i := range want.Cosines {
				near("cosine of "+fast[0].Layout[i].Name, got.Cosines[i], want.Cosines[i])
			}
			if got.Projected != want.Projected || got.Tensors != want.Tensors {
				t.Errorf("%s: %d of %d projected, multiplied out %d of %d", name, got.Projected, got.Tensors, want.Projected, want.Tensors)
			}
			near("norm of what is left", f32.Norm(plain[0].dense), want.NormAfter)
			rule := SGD{LR: 0.1, Momentum: 0.9, WeightDecay: 0.01}
			p1, p2 := append([]float32{}, q.p...), append([]float32{}, q.p...)
			s1, s2 := rule.New(len(p1)), rule.New(len(p2))
			for range 2 {
				s1.Step(p1, fast[0])
				s2.Step(p2, plain[0])
			}
			if d := f32.Distance(p1, p2); d > 1e-5*want.NormBefore {
				t.Errorf("%s: the steps end %v apart", name, d)
			}
		}
	}
}

// TestStepAllocatesNothing: once the arena has grown, a purified step takes no memory. Without kernels the fused step forms the gradient.
func TestStepAllocatesNothing(t *testing.T) {
	if f32.Kernels() == "plain" {
		t.Skip("this machine has no kernels")
	}
	for _, name := range peft.Names() {
		if name == "projection" {
			continue
		}
		step := newStep(newProblem(t, name, 32, 128, 20))
		step()
		step()
		if n := testing.AllocsPerRun(20, step); n > 0 {
			t.Errorf("%s: %v allocations a step", name, n)
		}
	}
}

// newStep returns a purified step on the problem.
func newStep(q problem) func() {
	var memory f32.Arena
	g, a, opt := NewGradient(q.module, nil), NewGradient(q.module, nil), SGD{LR: 1e-6, Momentum: 0.9, WeightDecay: 1e-4}.New(len(q.p))
	purifier := Purifier{Lambda: 1}
	return func() {
		memory.Reset()
		logits, cache := q.module.Forward(&memory, q.p, q.x)
		TKL(q.delta, logits, q.z)
		a.Backward(&memory, q.p, cache, q.delta)
		CrossEntropy(q.delta, logits, q.y)
		g.Backward(&memory, q.p, cache, q.delta)
		purifier.Purify(g, a)
		opt.Step(q.p, g)
	}
}

func BenchmarkPurifiedStep(b *testing.B) {
	for _, name := range []string{"gate", "lora", "text-class"} {
		b.Run(name, func(b *testing.B) {
			step := newStep(newProblem(b, name, 32, 512, 100))
			b.ReportAllocs()
			for b.Loop() {
				step()
			}
		})
	}
}
