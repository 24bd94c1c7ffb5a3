package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Two classes of two coordinates: the first agrees and stays, the second loses what it has along (0,1). The bias, of
// one row, is projected as a whole.
func TestPurifyByRow(t *testing.T) {
	layout := peft.Layout{{Name: "W", Rows: 2, Cols: 2}, {Name: "b", Rows: 1, Cols: 2, Offset: 4}}
	g := []float32{1, 2, 3, -4, 1, -3}
	a := []float32{1, 1, 0, 2, 1, 1}
	p := Purifier{Lambda: 1, Rows: layout[:1]}
	s := p.Purify(dense(layout, g), dense(layout, a))
	if want := []float32{1, 2, 3, 0, 2, -2}; !slices.Equal(g, want) {
		t.Errorf("g = %v, want %v", g, want)
	}
	// ‖g‖² was 5 + 25 + 10 and is 5 + 9 + 8; of W ⟨g,a⟩ = 3 − 8, ‖g‖² = 30, ‖a‖² = 6.
	if s.Tensors != 3 || s.Projected != 2 || math.Abs(s.NormBefore-math.Sqrt(40)) > 1e-12 ||
		math.Abs(s.NormAfter-math.Sqrt(22)) > 1e-12 || math.Abs(s.Cosines[0]+5/math.Sqrt(180)) > 1e-12 {
		t.Errorf("stats %+v", *s)
	}
	half := []float32{1, 2, 3, -4, 1, -3}
	p = Purifier{Lambda: 0.5, Rows: layout[:1]}
	p.Purify(dense(layout, half), dense(layout, a))
	if want := []float32{1, 2, 3, -2, 1.5, -2.5}; !slices.Equal(half, want) {
		t.Errorf("with λ = ½: %v, want %v", half, want)
	}
}

// By row, every row stops working against its own a and no row is longer; as one row, a tensor is what it is by tensor.
func TestPurifyByRowProperties(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	layout := peft.Layout{{Name: "W", Rows: 4, Cols: 3}, {Name: "A", Rows: 2, Cols: 3, Offset: 12}}
	for range 200 {
		g, a := random(rng, 1, 18, 1).Data, random(rng, 1, 18, 1).Data
		before := slices.Clone(g)
		(&Purifier{Lambda: 1, Rows: layout[:1]}).Purify(dense(layout, g), dense(layout, a))
		for c := range 4 {
			was, is, along := layout[0].Of(before).Row(c), layout[0].Of(g).Row(c), layout[0].Of(a).Row(c)
			if f32.Dot(is, along) < -1e-6 || f32.Norm(is) > f32.Norm(was)*(1+1e-6) ||
				f32.Dot(was, along) >= 0 && !slices.Equal(is, was) {
				t.Fatalf("row %d: %v became %v, beside %v", c, was, is, along)
			}
		}
		byTensor := slices.Clone(before)
		purify(byTensor, a, layout, 1)
		if !slices.Equal(layout[1].Slice(byTensor), layout[1].Slice(g)) {
			t.Fatal("a tensor that has no row for each class is not projected as a tensor")
		}
		other := slices.Clone(before)
		(&Purifier{Lambda: 1}).Purify(dense(layout, other), dense(layout, a))
		if !slices.Equal(other, byTensor) {
			t.Fatal("without rows of classes it is not the projection by tensor")
		}
	}
}

// Through factors the rows are those of the gradients that are multiplied out.
func TestPurifyByRowThroughFactors(t *testing.T) {
	for _, name := range []string{"linear", "lora-head", "text-class"} {
		const classes = 40
		q := newProblem(t, name, 4, 64, classes)
		run := q.module.At(nil, q.p).Forward(nil, q.x, nil)
		CrossEntropy(q.delta, run.Logits(), q.y)
		KL(q.away, run.Logits(), q.z)
		var arena f32.Arena
		layout := q.module.Layout()
		g, a := q.gradient(), q.gradient()
		g.Backward(&arena, run, q.delta)
		a.Backward(&arena, run, q.away)
		x, y := make([]float32, layout.Size()), make([]float32, layout.Size())
		run.Backward(&arena, x, q.delta)
		run.Backward(&arena, y, q.away)
		rows := peft.ByClass(q.module)
		p := Purifier{Lambda: 1, Rows: rows}
		got := *p.Purify(g, a)
		want := *(&Purifier{Lambda: 1, Rows: rows}).Purify(dense(layout, x), dense(layout, y))
		if got.Projected != want.Projected || got.Projected < 2 || math.Abs(got.NormAfter-want.NormAfter) > 1e-4 {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		for i, tensor := range layout {
			for j, v := range g.tensor(i) {
				if w := tensor.Slice(x)[j]; math.Abs(float64(v-w)) > 1e-5*(1+math.Abs(float64(w))) {
					t.Fatalf("%s: %s[%d] is %v, want %v", name, tensor.Name, j, v, w)
				}
			}
		}
	}
}
