package peft

import (
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// eachMade runs a test on what is made of entries in one way, with the module that it is made of.
func eachMade(t *testing.T, kind string, f func(t *testing.T, s sample, bare Module)) {
	entries, n := all(), 0
	for _, e := range entries {
		if name, is := strings.CutPrefix(e.Name, kind+" "); is {
			n++
			of := entries[slices.IndexFunc(entries, func(e Entry) bool { return e.Name == name })]
			t.Run(name, func(t *testing.T) {
				s := newSample(t, e, 0)
				f(t, s, of.New(s.head, small(of, 0)))
			})
		}
	}
	if n == 0 {
		t.Errorf("nothing is made %s", kind)
	}
}

// The logits of texts that are added up are the sum of the logits: ℓ = (1−ϑ) ℓ_g + ϑ ℓ_l. Doubled, they are ℓ_g.
func TestFolioMixesLogits(t *testing.T) {
	eachMade(t, "twice", func(t *testing.T, s sample, bare Module) {
		n := len(s.p) / 2
		want := bare.At(nil, s.p[:n]).Forward(nil, s.x, nil).Logits()
		global := want.Clone()
		f32.Scale(0.6, want.Data)
		f32.Axpy(0.4, bare.At(nil, s.p[n:]).Forward(nil, s.x, nil).Logits().Data, want.Data)
		if d := apart(s.run().Logits(), want); d > 1e-5 {
			t.Errorf("logits differ from the mixed ones by %v", d)
		}
		folio := s.module.(*Folio)
		s.p = folio.Doubled(s.p)
		if d := apart(s.run().Logits(), global); d > 1e-5 {
			t.Errorf("doubled, logits differ from those of one by %v", d)
		}
		if own := folio.Own(); own.Count() != n || own[0].Offset != n {
			t.Errorf("its own part is %v", own)
		}
	})
}

// With ϑ = 0 the one half is the module as it is, to the bit, and the other has no gradient.
func TestFolioOfOne(t *testing.T) {
	eachMade(t, "twice", func(t *testing.T, s sample, bare Module) {
		n := len(s.p) / 2
		alone, half := bare.At(nil, s.p[:n]).Forward(nil, s.x, nil), NewFolio(bare.(TextSide), 0)
		run := half.At(nil, s.p).Forward(nil, s.x, nil)
		if !same(run.Logits().Data, alone.Logits().Data) {
			t.Error("the logits differ")
		}
		got, want := make([]float32, 2*n), make([]float32, n)
		run.Backward(nil, got, s.delta)
		alone.Backward(nil, want, s.delta)
		if !same(got[:n], want) || f32.Norm(got[n:]) != 0 {
			t.Errorf("the gradients differ, or that of the other half, %v, is not zero", f32.Norm(got[n:]))
		}
	})
}

// With U = 0 a bottleneck moves the texts as what it is made of does, to the bit, and so it does alone at any U and V;
// its own part is U and V.
func TestBottleneckOfZero(t *testing.T) {
	eachMade(t, "narrow", func(t *testing.T, s sample, bare Module) {
		narrow, n := s.module.(*Bottleneck), bare.Layout().Size()
		want := bare.(TextSide).Texts(nil, s.p[:n]).Moved().Text.Data
		if !same(narrow.Alone(nil, s.p).Moved().Text.Data, want) {
			t.Error("alone, the texts differ")
		}
		if same(narrow.Texts(nil, s.p).Moved().Text.Data, want) {
			t.Error("U and V do nothing")
		}
		own := narrow.Own()
		if names := own.Names(); !slices.Equal(names, []string{"own.U", "own.V"}) || own[0].Offset != n {
			t.Errorf("its own part is %v from %d", names, own[0].Offset)
		}
		clear(own[0].Slice(s.p))
		if !same(narrow.Texts(nil, s.p).Moved().Text.Data, want) {
			t.Error("without U, the texts differ")
		}
	})
}

// A residue of zero changes nothing, to the bit. It lies behind A and B, and is no part of what is trained.
func TestResidueOfZero(t *testing.T) {
	eachMade(t, "dense", func(t *testing.T, s sample, bare Module) {
		u, of := UpdatesOf(s.module)[0], UpdatesOf(bare)[0]
		if u.A != of.A || u.B != of.B || u.Gamma != of.Gamma || of.R.Rows > 0 {
			t.Fatalf("the update is %+v, without residue %+v", u, of)
		}
		if u.R.Rows != u.B.Rows || u.R.Cols != u.A.Cols {
			t.Errorf("the residue is %+v beside A %+v and B %+v", u.R, u.A, u.B)
		}
		trained := Trained(s.module)
		if !slices.Equal(trained.Names(), bare.Layout().Names()) || len(Trained(bare)) != len(bare.Layout()) {
			t.Errorf("%v are trained, without residue %v", trained.Names(), Trained(bare).Names())
		}
		clear(u.R.Slice(s.p))
		p := trained.Take(s.p)
		run, alone := s.run(), bare.At(nil, p).Forward(nil, s.x, nil)
		if !same(run.Logits().Data, alone.Logits().Data) {
			t.Error("the logits differ")
		}
		got, want := make([]float32, len(s.p)), make([]float32, len(p))
		run.Backward(nil, got, s.delta)
		alone.Backward(nil, want, s.delta)
		if !same(trained.Take(got), want) {
			t.Error("the gradients differ")
		}
	})
}

// What the residue does is what the factors do: moving γ B A into R leaves the logits as they are.
func TestResidueTakesUpTheFactors(t *testing.T) {
	eachMade(t, "dense", func(t *testing.T, s sample, _ Module) {
		want := s.run().Logits()
		u := UpdatesOf(s.module)[0]
		ba := f32.New(u.R.Rows, u.R.Cols)
		f32.Mul(ba, u.B.Of(s.p), u.A.Of(s.p))
		f32.Axpy(u.Gamma, ba.Data, u.R.Slice(s.p))
		clear(u.B.Slice(s.p))
		if d := apart(s.run().Logits(), want); d > 1e-4 {
			t.Errorf("logits have moved by %v", d)
		}
	})
}
