package f32

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestWiden goes through all half-precision numbers, at every offset in a vector.
func TestWiden(t *testing.T) {
	everySIMD(t, func(t *testing.T) {
		for from := range 17 {
			x := make([]uint16, 1<<16+from)
			for i := range x {
				x[i] = uint16(i)
			}
			got := guarded(rand.New(rand.NewPCG(1, 1)), 1, len(x)-from)
			Widen(got.Data, x[from:])
			for i, v := range got.Data {
				h := x[from+i]
				fraction, exponent := float64(h&1023), int(h>>10&31)
				want := math.Ldexp(1024+fraction, exponent-25)
				switch {
				case exponent == 0:
					want = math.Ldexp(fraction, -24)
				case exponent == 31 && fraction == 0:
					want = math.Inf(1)
				case exponent == 31:
					want = math.NaN()
				}
				want = math.Copysign(want, 0.5-float64(h>>15))
				if math.Float32bits(v) != math.Float32bits(float32(want)) && !(v != v && want != want) {
					t.Fatalf("%#04x is %v, want %v", h, v, want)
				}
			}
			for _, v := range got.Data[len(got.Data):cap(got.Data)] {
				if v != guard {
					t.Fatal("wrote past the end")
				}
			}
		}
	})
}

// TestKeep: every length around a vector's, in place too, and nothing behind the end.
func TestKeep(t *testing.T) {
	everySIMD(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(2, 3))
		for n := range 200 {
			x, dst := random(rng, 1, n).Data, guarded(rng, 1, n)
			bits := make([]uint64, (n+63)/64)
			for i := range bits {
				bits[i] = rng.Uint64()
			}
			if n > 0 && bits[0]&1 == 0 {
				x[0] = float32(math.NaN())
			}
			Keep(dst.Data, x, bits, 1.25)
			Keep(x, x, bits, 1.25)
			start := dst.Data
			for i, v := range start {
				if set := bits[i/64]>>(i%64)&1 == 1; (v == 0) == set || v != x[i] {
					t.Fatalf("n = %d: element %d is %v, in place %v", n, i, v, x[i])
				}
			}
			for _, v := range dst.Data[n:cap(dst.Data)] {
				if v != guard {
					t.Fatalf("n = %d: wrote past the end", n)
				}
			}
		}
	})
}
