package peft

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// dropping runs a test on every entry whose options have dropout, at a quarter.
func dropping(t *testing.T, f func(t *testing.T, s sample, d Dropper)) {
	n := 0
	for _, e := range all() {
		if o := e.Options; o != nil && reflect.ValueOf(o).FieldByName("Dropout").IsValid() {
			n++
			t.Run(e.Name, func(t *testing.T) {
				s := newSample(t, e, 0.25)
				d, is := s.module.(Dropper)
				if !is || !d.Drops() {
					t.Fatal("does not drop")
				}
				f(t, s, d)
			})
		}
	}
	if n == 0 {
		t.Error("no module has dropout")
	}
}

// under is one forward pass with the mask of a seed.
func (s sample) under(drop Drop) Run { return s.module.At(nil, s.p).Forward(nil, s.x, &drop) }

// To drop inputs of A is to drop columns of A, row by row of the batch: so the module without dropout says what the
// mask makes of every row, whatever follows the update.
func TestForwardUsesTheMask(t *testing.T) {
	dropping(t, func(t *testing.T, s sample, d Dropper) {
		if s.Inside == ImageSided {
			t.Skip("see TestMasksOfTokens")
		}
		drop := Drop{1, 2}
		got, mask := s.under(drop).Logits(), d.Mask(batch, drop)
		if mask.Rows != batch || mask.Cols != s.x.Cols {
			t.Fatalf("a mask of %d×%d for features of %d×%d", mask.Rows, mask.Cols, batch, s.x.Cols)
		}
		if slices.Equal(got.Data, s.run().Logits().Data) {
			t.Error("dropout does nothing")
		}
		for i := range batch {
			p := slices.Clone(s.p)
			a := s.module.Layout().Only("A")[0].Of(p)
			for r := range a.Rows {
				f32.Times(mask.Row(i), a.Row(r))
			}
			want := s.module.At(nil, p).Forward(nil, f32.Of(1, s.x.Cols, s.x.Row(i)), nil).Logits()
			if diff := apart(f32.Of(1, classes, got.Row(i)), want); diff > 1e-5 {
				t.Errorf("row %d is %v away from what its mask makes of it", i, diff)
			}
		}
	})
}

func TestGradientUnderDropout(t *testing.T) {
	dropping(t, func(t *testing.T, s sample, _ Dropper) {
		drop, grad := Drop{1, 2}, make([]float32, len(s.p))
		run := s.under(drop)
		run.Backward(nil, grad, s.delta)
		value := func() float64 { return f32.Dot(s.under(drop).Logits().Data, s.delta.Data) }
		if differences(t, grad, s.p, value) == 0 {
			t.Error("the gradient is zero")
		}

		q := random(s.rng, batch, dim, 1)
		clear(grad)
		run.(Featured).BackFeature(nil, grad, q)
		value = func() float64 { return f32.Dot(s.under(drop).(Featured).Feature().Data, q.Data) }
		if differences(t, grad, s.p, value) == 0 {
			t.Error("the gradient of the feature is zero")
		}
	})
}

// A mask is a function of its seed, drawn row by row.
func TestMaskFollowsItsSeed(t *testing.T) {
	dropping(t, func(t *testing.T, s sample, d Dropper) {
		seed, other := Drop{1, 2}, Drop{1, 3}
		mask := d.Mask(batch, seed)
		if !slices.Equal(mask.Data, d.Mask(batch, seed).Data) ||
			!slices.Equal(s.under(seed).Logits().Data, s.under(seed).Logits().Data) {
			t.Error("equal seeds, other masks")
		}
		if slices.Equal(mask.Data, d.Mask(batch, other).Data) ||
			slices.Equal(s.under(seed).Logits().Data, s.under(other).Logits().Data) {
			t.Error("other seeds, equal masks")
		}
		if more := d.Mask(batch+3, seed); !slices.Equal(more.Top(batch).Data, mask.Data) {
			t.Error("later rows change the mask of the first ones")
		}
		m := new(f32.Arena)
		for _, drop := range []Drop{other, other, seed} { // the last time where another mask lay
			m.Reset()
			got := s.module.At(m, s.p).Forward(m, s.x, &drop).Logits()
			if !same(got.Data, s.under(drop).Logits().Data) {
				t.Error("the mask depends on the memory")
			}
		}
	})
}

// The mask keeps the mean: factors are 0 or 1/(1−p).
func TestMaskKeepsTheMean(t *testing.T) {
	dropping(t, func(t *testing.T, s sample, d Dropper) {
		var sum, n float64
		for i := range 400 {
			for _, v := range d.Mask(batch, Drop{byte(i), byte(i >> 8)}).Data {
				if v != 0 && v != float32(1/0.75) {
					t.Fatalf("factor %v", v)
				}
				sum += float64(v)
				n++
			}
		}
		if math.Abs(sum/n-1) > 0.02 {
			t.Errorf("mean factor %v", sum/n)
		}
	})
}

// Without a seed there is no dropout, and without dropout no seed matters.
func TestNoDropoutWithoutSeed(t *testing.T) {
	dropping(t, func(t *testing.T, s sample, _ Dropper) {
		without := s.New(s.head, small(s.Entry, 0))
		want := without.At(nil, s.p).Forward(nil, s.x, nil).Logits()
		if !slices.Equal(s.run().Logits().Data, want.Data) {
			t.Error("dropout acts in evaluation")
		}
	})
	each(t, func(t *testing.T, s sample) {
		if d, is := s.module.(Dropper); is && d.Drops() {
			t.Error("drops unasked")
		}
		plain, seeded := s.run(), s.under(Drop{5})
		want, got := make([]float32, len(s.p)), make([]float32, len(s.p))
		plain.Backward(nil, want, s.delta)
		seeded.Backward(nil, got, s.delta)
		if !slices.Equal(plain.Logits().Data, seeded.Logits().Data) || !slices.Equal(got, want) {
			t.Error("a seed changes a module without dropout")
		}
	})
}
