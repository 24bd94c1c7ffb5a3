package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// Steps are those of Adam in float64, with decay as a part of the gradient; what is added to a gradient is stepped
// with it.
func TestAdam(t *testing.T) {
	for _, name := range onEmbeddings() {
		q := newProblem(t, name, 16, 40, 20)
		rule := Adam{LR: 0.01, Beta1: 0.9, Beta2: 0.98, Epsilon: 1e-6, WeightDecay: 0.2}
		p, state := slices.Clone(q.p), rule.New(len(q.p))
		v := random(rand.New(rand.NewPCG(3, 0)), 1, len(q.p), 0.1).Data
		want, first, second := make([]float64, len(p)), make([]float64, len(p)), make([]float64, len(p))
		for i, x := range p {
			want[i] = float64(x)
		}
		for step := 1; step <= 3; step++ {
			g, plain := q.filled(t, q.gradient())
			added := step == 2
			if added {
				g.Add(-2, v)
			}
			state.Step(p, g)
			for i := range want {
				d := float64(plain[i]) + 0.2*want[i]
				if added {
					d -= 2 * float64(v[i])
				}
				first[i] = 0.9*first[i] + 0.1*d
				second[i] = 0.98*second[i] + 0.02*d*d
				m := first[i] / (1 - math.Pow(0.9, float64(step)))
				want[i] -= 0.01 * m / (math.Sqrt(second[i]/(1-math.Pow(0.98, float64(step)))) + 1e-6)
			}
		}
		for i, x := range p {
			if math.Abs(float64(x)-want[i]) > 3e-5 {
				t.Fatalf("%s: parameter %d is %v, want %v", name, i, x, want[i])
			}
		}
	}
}

// Tensors that are no part of the gradient stand still, decay included.
func TestAdamOfAPart(t *testing.T) {
	q := newProblem(t, "lora-head", 16, 40, 20)
	layout := q.module.Layout()
	p, g := slices.Clone(q.p), NewGradient(layout, layout.Only("B"), nil)
	run := q.module.At(nil, q.p).Forward(nil, q.x, nil)
	CrossEntropy(q.delta, run.Logits(), q.y)
	g.Backward(nil, run, q.delta)
	Adam{LR: 0.1, Beta1: 0.9, Beta2: 0.98, Epsilon: 1e-6, WeightDecay: 0.2}.New(len(p)).Step(p, g)
	for _, tensor := range layout {
		moved := f32.Distance(tensor.Slice(p), tensor.Slice(q.p)) > 0
		if moved != (tensor.Name == "B") {
			t.Errorf("tensor %s has moved: %v", tensor.Name, moved)
		}
	}
}
