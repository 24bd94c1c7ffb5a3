package train

import (
	"math"
	"math/rand/v2"
	"runtime"
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
	m, err := peft.New(name, head, nil)
	if err != nil {
		t.Fatal(err)
	}
	q := problem{module: m, p: make([]float32, m.Layout().Size())}
	q.x, q.y = random(rng, batch, dim, 1), make([]int32, batch)
	m.Init(q.p, rng)
	f32.Axpy(0.05, random(rng, 1, len(q.p), 1).Data, q.p)
	for i := range q.y {
		q.y[i] = int32(rng.IntN(classes))
	}
	q.z = head.ZeroShot(nil, q.x)
	q.delta, q.away = f32.New(batch, classes), f32.New(batch, classes)
	return q
}

// onEmbeddings lists the modules that work on the features of a problem.
func onEmbeddings() (names []string) {
	for _, e := range peft.Modules {
		if !e.Projects && e.Inside == peft.Outside {
			names = append(names, e.Name)
		}
	}
	return names
}

func (q problem) gradient() *Gradient { return NewGradient(q.module.Layout(), nil, nil) }

// TestPurificationThroughFactors holds gradients that stay products against those that are multiplied out, for every
// module: inner products, the projection, and the step.
func TestPurificationThroughFactors(t *testing.T) {
	for _, name := range onEmbeddings() {
		for _, whole := range []bool{false, true} {
			q := newProblem(t, name, 16, 96, 20)
			run := q.module.At(nil, q.p).Forward(nil, q.x, nil)
			fast := [2]*Gradient{q.gradient(), q.gradient()}
			var plain [2]*Gradient
			products := 0
			for i, delta := range []f32.Matrix{q.delta, q.away} {
				if i == 0 {
					CrossEntropy(delta, run.Logits(), q.y)
				} else {
					TKL(delta, run.Logits(), q.z)
				}
				g := make([]float32, len(q.p))
				run.Backward(nil, g, delta)
				plain[i] = dense(q.module.Layout(), g)
				fast[i].Backward(nil, run, delta)
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
				t.Errorf("%s: %d of %d projected, multiplied out %d of %d",
					name, got.Projected, got.Tensors, want.Projected, want.Tensors)
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

// TestStepTakesLittleMemory: once the arena has grown, a purified step allocates what a run is described by, a few
// hundred bytes, whatever the sizes. Without kernels the fused step forms the gradient.
func TestStepTakesLittleMemory(t *testing.T) {
	if f32.Kernels() == "plain" {
		t.Skip("this machine has no kernels")
	}
	for _, name := range onEmbeddings() {
		step := newStep(newProblem(t, name, 32, 128, 20))
		step()
		step()
		var before, after runtime.MemStats
		const steps = 50
		runtime.ReadMemStats(&before)
		for range steps {
			step()
		}
		runtime.ReadMemStats(&after)
		if n := (after.TotalAlloc - before.TotalAlloc) / steps; n > 1024 {
			t.Errorf("%s: %d bytes a step", name, n)
		}
	}
}

// newStep returns a purified step on the problem.
func newStep(q problem) func() {
	var memory f32.Arena
	g, a, opt := q.gradient(), q.gradient(), SGD{LR: 1e-6, Momentum: 0.9, WeightDecay: 1e-4}.New(len(q.p))
	purifier := Purifier{Lambda: 1}
	return func() {
		memory.Reset()
		run := q.module.At(&memory, q.p).Forward(&memory, q.x, nil)
		TKL(q.delta, run.Logits(), q.z)
		a.Backward(&memory, run, q.delta)
		CrossEntropy(q.delta, run.Logits(), q.y)
		g.Backward(&memory, run, q.delta)
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
