package peft

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

const batch, dim, classes, width = 5, 12, 7, 15 // width: before the projection

// sample is a module at parameters where no tensor is special, with features and a δ = ∂L/∂ℓ of mixed signs.
type sample struct {
	Entry
	head     Head
	module   Module
	p        []float32
	x, delta f32.Matrix
	rng      *rand.Rand
}

func random(rng *rand.Rand, rows, cols int, scale float64) f32.Matrix {
	m := f32.New(rows, cols)
	for i := range m.Data {
		m.Data[i] = float32(rng.NormFloat64() * scale)
	}
	return m
}

// head is a classifier for features as an entry takes them.
func head(rng *rand.Rand, e Entry) Head {
	text, _ := normalise(nil, random(rng, classes, dim, 1))
	h := Head{Text: text, Scale: 10}
	if e.Projects {
		h.Projection = random(rng, dim, width, 0.3)
	}
	if e.Inside != Outside {
		h.Inside = inside(e)
	}
	return h
}

// small are an entry's options, with the dropout that is asked for where it has one, fit for so small features.
func small(e Entry, dropout float64) Options {
	switch o := e.Options.(type) {
	case LowRank:
		return LowRank{Rank: 3, Alpha: 2, Dropout: dropout}
	case TextLowRank:
		return TextLowRank{Rank: 3, Alpha: 2}
	case Adapter:
		return Adapter{Hidden: 6, Rho: o.Rho}
	case Prompt:
		return Prompt{Tokens: 3, Start: o.Start}
	case VisionLowRank:
		return VisionLowRank{LowRank{Rank: 3, Alpha: 2, Dropout: dropout}, o.Blocks}
	default:
		return e.Options
	}
}

func newSample(t *testing.T, e Entry, dropout float64) sample {
	t.Helper()
	rng := rand.New(rand.NewPCG(7, 8))
	h := head(rng, e)
	m := e.New(h, small(e, dropout))
	p := make([]float32, m.Layout().Size())
	m.Init(p, rng)
	for i := range p {
		p[i] += float32(0.2 * rng.NormFloat64())
	}
	columns := dim
	switch {
	case e.Projects:
		columns = width
	case e.Inside == ImageSided:
		columns = h.Inside.Vision.Columns()
	}
	return sample{e, h, m, p, random(rng, batch, columns, 3), random(rng, batch, classes, 1), rng}
}

// all are the entries of the table, and what can be made of them: modules with a residue, twice the texts, and
// shifts with a bottleneck.
func all() []Entry {
	every := slices.Clone(Modules)
	for _, e := range Modules {
		if o, is := e.Options.(Prompt); is {
			e.Name, o.Start = "worded "+e.Name, "any"
			e.Options, e.Starts = o, false
			every = append(every, e)
		}
		if o, is := e.Options.(VisionLowRank); is {
			e.Name, o.Blocks = "deep "+e.Name, 2
			e.Options = o
			every = append(every, e)
		}
	}
	more := func(kind string, e Entry, of func(Module) Module) {
		bare := e.New
		e.Name, e.New = kind+e.Name, func(h Head, o Options) Module { return of(bare(h, o)) }
		every = append(every, e)
	}
	for _, e := range Modules {
		m := e.New(head(rand.New(rand.NewPCG(1, 2)), e), e.Options)
		if _, is := m.(TextSide); is {
			more("twice ", e, func(m Module) Module { return NewFolio(m.(TextSide), 0.4) })
		}
		if narrow := e; Shifts(m) {
			narrow.Starts = false
			more("narrow ", narrow, func(m Module) Module { return NewBottleneck(m.(TextSide), 3) })
		}
		if _, is := m.(Residued); is && len(UpdatesOf(m)) > 0 {
			more("dense ", e, func(m Module) Module { return m.(Residued).WithResidue() })
		}
	}
	return every
}

// each runs a test on all of them.
func each(t *testing.T, f func(t *testing.T, s sample)) {
	for _, e := range all() {
		t.Run(e.Name, func(t *testing.T) { f(t, newSample(t, e, 0)) })
	}
}

// run is one forward pass without dropout.
func (s sample) run() Run { return s.module.At(nil, s.p).Forward(nil, s.x, nil) }

// apart is the largest difference of two matrices' elements.
func apart(a, b f32.Matrix) (worst float64) {
	for i := range a.Data {
		worst = max(worst, math.Abs(float64(a.Data[i]-b.Data[i])))
	}
	return worst
}

// same reports whether numbers came out equal bit for bit, though at other places in memory: gonum's sums depend on how
// a vector lies there, the kernels' do not.
func same(a, b []float32) bool {
	if f32.Kernels() == "plain" {
		return f32.Distance(a, b) <= 1e-5*(1+f32.Norm(b))
	}
	return slices.Equal(a, b)
}

func TestAtTwiceGivesEqualBits(t *testing.T) {
	each(t, func(t *testing.T, s sample) {
		kept := slices.Clone(s.p)
		if !slices.Equal(s.run().Logits().Data, s.run().Logits().Data) {
			t.Error("two bindings of the same parameters differ")
		}
		if !slices.Equal(s.p, kept) {
			t.Error("the parameters have changed")
		}
	})
}

func TestRowsAreIndependent(t *testing.T) {
	each(t, func(t *testing.T, s sample) {
		bound := s.module.At(nil, s.p)
		all := bound.Forward(nil, s.x, nil).Logits()
		for i := range batch {
			one := bound.Forward(nil, f32.Of(1, s.x.Cols, s.x.Row(i)), nil).Logits()
			if apart(one, f32.Of(1, classes, all.Row(i))) > 1e-4 {
				t.Fatalf("row %d alone gives %v, in a batch %v", i, one.Data, all.Row(i))
			}
		}
	})
}

// At its anchor every module is the zero-shot classifier; the table says which start there.
func TestAnchorIsZeroShot(t *testing.T) {
	each(t, func(t *testing.T, s sample) {
		want := s.head.ZeroShot(nil, s.x)
		if d := apart(s.run().Logits(), want); d < 1e-2 {
			t.Errorf("parameters that were moved give zero-shot logits, within %v", d)
		}
		kept := slices.Clone(s.p)
		s.module.Anchor(s.p)
		if s.Inside == TextSided { // the zero-shot texts here are of no prompt
			if Anchored(s.module) == slices.Equal(s.p, kept) {
				t.Error("the parameters move where there is no anchor, or stay where there is one")
			}
			return
		}
		if !Anchored(s.module) {
			t.Error("has no anchor")
		}
		if d := apart(s.run().Logits(), want); d > 1e-5 {
			t.Errorf("at the anchor, logits differ from zero-shot by %v", d)
		}
		s.module.Init(s.p, s.rng)
		if d := apart(s.run().Logits(), want); (d <= 1e-5) != s.Starts {
			t.Errorf("initial logits differ from zero-shot by %v, while Starts is %v", d, s.Starts)
		}
	})
}

// A trainable head follows its body: it is the last part of the layout, and while it is the frozen one, with W = T and
// b = 0, nothing else differs from the module without it. Alone, it is the zero-shot classifier then.
func TestHeadFollowsItsBody(t *testing.T) {
	each(t, func(t *testing.T, s sample) {
		name, composite := strings.CutSuffix(s.Name, "-head")
		headed, is := s.module.(Headed)
		if want := composite || s.Name == "linear"; is != want {
			t.Fatalf("has a trainable head: %v, want %v", is, want)
		}
		if !is {
			return
		}
		l, tensors := s.module.Layout(), headed.Head()
		body := l[:len(l)-len(tensors)]
		if !slices.Equal(tensors, l[len(body):]) {
			t.Fatalf("the head's tensors are %v of %v", tensors.Names(), l.Names())
		}
		copy(tensors[0].Slice(s.p), s.head.Text.Data)
		clear(tensors[1].Slice(s.p))
		run := s.run()
		if !composite {
			if len(body) > 0 || !same(run.Logits().Data, s.head.ZeroShot(nil, s.x).Data) {
				t.Error("a head alone is not the zero-shot classifier where it starts")
			}
			return
		}

		entries := all()
		e := entries[slices.IndexFunc(entries, func(e Entry) bool { return e.Name == name })]
		bare := e.New(s.head, small(e, 0))
		if !slices.Equal(bare.Layout(), body) {
			t.Fatalf("the body's tensors are %v, alone %v", body, bare.Layout())
		}
		alone := bare.At(nil, s.p[:body.Size()]).Forward(nil, s.x, nil)
		if !same(run.Logits().Data, alone.Logits().Data) {
			t.Errorf("logits differ from the frozen head's by %v", apart(run.Logits(), alone.Logits()))
		}
		grad, want := make([]float32, len(s.p)), make([]float32, body.Size())
		run.Backward(nil, grad, s.delta)
		alone.Backward(nil, want, s.delta)
		if !same(grad[:body.Size()], want) {
			t.Error("the body's gradient differs from that under the frozen head")
		}
	})
}

// The classifier of a module with a trainable head is its last layer alone: on the adapted features it gives the same
// logits, and the head's part of the gradient.
func TestClassifierIsTheLastLayer(t *testing.T) {
	each(t, func(t *testing.T, s sample) {
		headed, is := s.module.(Headed)
		if !is {
			return
		}
		last, head := headed.Classifier(), headed.Head()
		if !slices.Equal(last.Layout().Names(), head.Names()) || last.Layout().Size() != head.Count() {
			t.Fatalf("its tensors are %v, not %v", last.Layout(), head)
		}
		run := s.run()
		alone := last.At(nil, head.Take(s.p)).Forward(nil, run.(Featured).Feature(), nil)
		if !same(run.Logits().Data, alone.Logits().Data) {
			t.Errorf("logits differ by %v", apart(run.Logits(), alone.Logits()))
		}
		grad, want := make([]float32, head.Count()), make([]float32, len(s.p))
		alone.Backward(nil, grad, s.delta)
		run.Backward(nil, want, s.delta)
		if !same(grad, head.Take(want)) {
			t.Error("its gradient is not the head's")
		}
	})
}
