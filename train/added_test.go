package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// filled returns a gradient of the problem's cross-entropy, and the same multiplied out.
func (q problem) filled(t *testing.T, g *Gradient) (*Gradient, []float32) {
	t.Helper()
	run := q.module.At(nil, q.p).Forward(nil, q.x, nil)
	CrossEntropy(q.delta, run.Logits(), q.y)
	g.Backward(nil, run, q.delta)
	out := make([]float32, len(q.p))
	run.Backward(nil, out, q.delta)
	return g, out
}

// What is added to a gradient is stepped with it, momentum and decay around both; Purify, AddTo and Dot see it without.
func TestAdded(t *testing.T) {
	for _, name := range onEmbeddings() {
		q := newProblem(t, name, 16, 96, 20)
		g, plain := q.filled(t, q.gradient())
		v := random(rand.New(rand.NewPCG(3, 0)), 1, len(q.p), 0.1).Data
		if d, want := g.Dot(v), f32.Dot(plain, v); math.Abs(d-want) > 1e-5*(1+f32.Norm(plain)*f32.Norm(v)) {
			t.Errorf("%s: ⟨g,v⟩ is %v, want %v", name, d, want)
		}
		g, _ = q.filled(t, q.gradient())
		g.Add(0.5, q.p) // read at the step: the parameters as they are then
		g.Add(-2, v)
		sum := slices.Clone(v)
		g.AddTo(sum, 3)
		for i, x := range plain {
			if want := v[i] + 3*x; math.Abs(float64(sum[i]-want)) > 1e-5*(1+math.Abs(float64(want))) {
				t.Fatalf("%s: v + 3 g is %v at %d, want %v", name, sum[i], i, want)
			}
		}
		rule := SGD{LR: 0.1, Momentum: 0.9, WeightDecay: 0.01}
		p, want := slices.Clone(q.p), slices.Clone(q.p)
		got, state := rule.New(len(p)), rule.New(len(p))
		for range 2 {
			g, plain := q.filled(t, q.gradient())
			g.Add(0.5, p)
			g.Add(-2, v)
			got.Step(p, g)
			for i := range plain {
				plain[i] += 0.5*want[i] - 2*v[i]
			}
			state.Step(want, dense(q.module.Layout(), plain))
		}
		if d := f32.Distance(p, want); d > 1e-5*f32.Norm(want) || d == 0 && slices.Equal(p, q.p) {
			t.Errorf("%s: steps end %v apart", name, d)
		}
	}
}

// Nothing times anything is nothing: the path and its bits stay. The next Backward forgets what was added.
func TestNothingAdded(t *testing.T) {
	for _, name := range onEmbeddings() {
		q := newProblem(t, name, 16, 96, 20)
		step := func(spoil func(*Gradient)) []float32 {
			g, _ := q.filled(t, q.gradient())
			spoil(g)
			p := slices.Clone(q.p)
			SGD{LR: 0.1, Momentum: 0.9}.New(len(p)).Step(p, g)
			return p
		}
		want := step(func(*Gradient) {})
		if !slices.Equal(want, step(func(g *Gradient) { g.Add(0, q.p) })) {
			t.Errorf("%s: adding nothing changes the step", name)
		}
		if !slices.Equal(want, step(func(g *Gradient) { g.Add(1, q.p); q.filled(t, g) })) {
			t.Errorf("%s: what was added outlives the batch", name)
		}
		if slices.Equal(want, step(func(g *Gradient) { g.Add(1, q.p) })) {
			t.Errorf("%s: what was added is not stepped", name)
		}
		if !slices.Equal(want, step(func(g *Gradient) { g.AddTo(make([]float32, len(q.p)), 1) })) {
			t.Errorf("%s: looking at a gradient changes its step", name)
		}
	}
}

// Of a part, only the part's tensors move, decay and momentum included; they move as they do with all others.
func TestPart(t *testing.T) {
	for _, name := range onEmbeddings() {
		q := newProblem(t, name, 16, 96, 20)
		layout := q.module.Layout()
		for i, tensor := range layout {
			part := layout.Only(tensor.Name)
			g, _ := q.filled(t, NewGradient(layout, part, nil))
			all, _ := q.filled(t, q.gradient())
			rule := SGD{LR: 0.1, Momentum: 0.9, WeightDecay: 0.5}
			p, whole := slices.Clone(q.p), slices.Clone(q.p)
			s := rule.New(len(p))
			s.Step(p, g)
			rule.New(len(p)).Step(whole, all)
			for j, other := range layout {
				want := q.p
				if i == j {
					want = whole
				}
				if !slices.Equal(other.Slice(p), other.Slice(want)) {
					t.Errorf("%s: training %s alone does to %s what it should not", name, tensor.Name, other.Name)
				}
				if i != j && f32.Norm(other.Slice(s.momentum)) > 0 {
					t.Errorf("%s: training %s alone moves the momentum of %s", name, tensor.Name, other.Name)
				}
			}
			purifier := Purifier{Lambda: 1}
			if n := len(purifier.Purify(g, g).Cosines); n != 1 {
				t.Errorf("%s: purification sees %d tensors of a part of one", name, n)
			}
		}
	}
}
