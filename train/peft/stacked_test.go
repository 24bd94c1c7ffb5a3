package peft

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
)

// Modules inside an encoder stack their backward passes, which has no factors, and nothing else does.
func TestWhatIsStacked(t *testing.T) {
	each(t, func(t *testing.T, s sample) {
		run := s.run()
		_, stacks := run.(Stacked)
		_, factors := run.(Factored)
		_, twice := s.module.(*Folio)
		if want := s.Inside != Outside && !twice; stacks != want || factors == want {
			t.Errorf("stacked: %v, factored: %v", stacks, factors)
		}
	})
}

// What is deferred and settled is what comes of one pass after the other, to the bit: whatever memory it is in, and
// whoever settles again.
func TestSettle(t *testing.T) {
	each(t, func(t *testing.T, s sample) {
		for _, drop := range []*Drop{nil, {1, 2}} {
			deltas := []f32.Matrix{s.delta, random(s.rng, batch, classes, 1), random(s.rng, batch, classes, 1)}
			one := s.module.At(nil, s.p).Forward(nil, s.x, drop)
			if _, is := one.(Stacked); !is {
				return
			}
			m := new(f32.Arena)
			for range 2 {
				m.Reset()
				run := s.module.At(m, s.p).Forward(m, s.x, drop).(Stacked)
				run.Settle(m)
				var grads [][]float32
				for _, d := range deltas {
					grads = append(grads, make([]float32, len(s.p)))
					run.Defer(grads[len(grads)-1], d)
				}
				run.Settle(m)
				run.Settle(m)
				for z, d := range deltas {
					want := make([]float32, len(s.p))
					one.Backward(nil, want, d)
					if !same(grads[z], want) {
						t.Errorf("gradient %d is %v away", z, f32.Distance(grads[z], want))
					}
				}
			}
		}
	})
}

// The number of workers changes no bit.
func TestWorkers(t *testing.T) {
	each(t, func(t *testing.T, s sample) {
		if s.Inside == Outside {
			return
		}
		var want []float32
		for _, workers := range []int{0, 1, 2, 3} {
			h, drop := s.head, Drop{1, 2}
			if workers > 0 {
				h.Inside = h.Inside.workers(workers)
			}
			run := s.New(h, small(s.Entry, 0.25)).At(nil, s.p).Forward(nil, s.x, &drop)
			grad := make([]float32, len(s.p))
			run.Backward(nil, grad, s.delta)
			got := slices.Concat(run.Logits().Data, grad)
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d workers: %v away", workers, f32.Distance(got, want))
			}
		}
	})
}

// loraVision are samples of lora-vision with one block and with two.
func loraVision(t *testing.T, f func(t *testing.T, s sample, v *vision)) {
	for _, e := range all() {
		if e.Inside == ImageSided {
			t.Run(e.Name, func(t *testing.T) {
				s := newSample(t, e, 0.25)
				f(t, s, s.module.(*vision))
			})
		}
	}
}

// While B is zero, logits are zero-shot to the bit, with dropout too.
func TestNoLowRankTermsIsZeroShot(t *testing.T) {
	loraVision(t, func(t *testing.T, s sample, v *vision) {
		want := s.head.ZeroShot(nil, s.x)
		v.Anchor(s.p)
		if !slices.Equal(s.run().Logits().Data, want.Data) {
			t.Error("other bits")
		}
		if got := s.under(Drop{1, 2}).Logits(); apart(got, want) > 1e-4 {
			t.Errorf("under dropout, logits are %v away", apart(got, want))
		}
	})
}

// Forward drops what Mask says: with its factors as the tower's masks, features are the same to the bit.
func TestMasksOfTokens(t *testing.T) {
	loraVision(t, func(t *testing.T, s sample, v *vision) {
		tower, drop := s.head.Inside.Vision, Drop{1, 2}
		factors, n := v.Mask(batch, drop), tower.Length*tower.Width
		if factors.Rows != batch || factors.Cols != v.blocks*3*n {
			t.Fatalf("a mask of %d×%d", factors.Rows, factors.Cols)
		}
		masks := make([]encoder.Masks, v.blocks)
		for i := range masks {
			for j := range masks[i] {
				m := encoder.Mask{Cols: tower.Width, Scale: 1 / 0.75, Bits: make([]uint64, batch*tower.Length)}
				for r := range batch {
					for c, f := range factors.Row(r)[(3*i+j)*n:][:n] {
						if f != 0 {
							m.Bits[r*tower.Length+c/tower.Width] |= 1 << (c % tower.Width)
						}
					}
				}
				masks[i][j] = m
			}
		}
		in := tower.images(s.x)
		want := tower.Tower.Forward(encoder.Work{}, in, v.terms(s.p), masks).Features
		unit, _ := normalise(nil, want)
		if !slices.Equal(s.under(drop).(Featured).Feature().Data, unit.Data) {
			t.Error("Forward drops something else")
		}
		if slices.Equal(factors.Row(0)[:n], factors.Row(0)[n:2*n]) {
			t.Error("queries and keys have one mask")
		}
	})
}

// More images than go through the tower together give what they give in small batches, and so do their gradients.
func TestManyImages(t *testing.T) {
	loraVision(t, func(t *testing.T, s sample, v *vision) {
		most, _ := s.head.Inside.Vision.together()
		n := most + 9
		rng := rand.New(rand.NewPCG(8, 9))
		x, d0, d1 := random(rng, n, s.x.Cols, 1), random(rng, n, classes, 1), random(rng, n, classes, 1)
		m, drop := new(f32.Arena), Drop{7}
		all := s.module.At(m, s.p).Forward(m, x, &drop).(*visionRun)
		if all.look.pass != nil {
			t.Fatal("one pass is kept")
		}
		got := [2][]float32{make([]float32, len(s.p)), make([]float32, len(s.p))}
		all.Defer(got[0], d0)
		all.Defer(got[1], d1)
		all.Settle(m)

		masks := v.masks(n, drop)
		pass := s.head.Inside.Vision.Tower.Forward(encoder.Work{}, s.head.Inside.Vision.images(x), v.terms(s.p), masks)
		unit, length := normalise(nil, pass.Features)
		if d := apart(all.Feature(), unit); d > 1e-5 {
			t.Errorf("features are %v away", d)
		}
		for z, d := range []f32.Matrix{d0, d1} {
			want, q := make([]float32, len(s.p)), s.head.pull(nil, d)
			pullBack(q, unit, length, 1)
			pass.Backward(encoder.Work{}, [][]encoder.LowRank{v.terms(want)}, q)
			if d := f32.Distance(got[z], want); d > 1e-5*f32.Norm(want) {
				t.Errorf("gradient %d is %v of %v away", z, d, f32.Norm(want))
			}
		}
	})
}
