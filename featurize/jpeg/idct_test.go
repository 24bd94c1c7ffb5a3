package jpeg

import (
	"math"
	"math/rand/v2"
	"testing"
)

// slow is the definition of the inverse transform (A.3.3).
func slow(coefs *[64]int16) (out [64]float64) {
	scale := func(u int) float64 {
		if u == 0 {
			return math.Sqrt(0.125)
		}
		return 0.5
	}
	for y := range 8 {
		for x := range 8 {
			sum := 128.0
			for k, c := range coefs {
				u, v := int(zigzag[k]%8), int(zigzag[k]/8)
				sum += float64(c) * scale(u) * scale(v) *
					math.Cos(float64(2*x+1)*float64(u)*math.Pi/16) * math.Cos(float64(2*y+1)*float64(v)*math.Pi/16)
			}
			out[8*y+x] = min(max(sum, 0), 255)
		}
	}
	return out
}

// The shortcuts for few coefficients give what the whole transform gives, and that is the definition, rounded.
func TestTransform(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	q := new(quantiser)
	q.set(&[64]uint16{})
	for k := range zigzag {
		q[k] = 1 << (32 * (zigzag[k] & 1))
	}
	worst := 0.0
	for range 3000 {
		var coefs [64]int16
		last := r.IntN(64)
		if r.IntN(2) == 0 {
			last = r.IntN(12)
		}
		for k := range last + 1 {
			if r.IntN(3) > 0 {
				coefs[k] = int16(r.IntN(600) - 300)
			}
		}
		var b block
		var short, full [8]samples
		last = b.dequantise(&coefs, q)
		b.idct(short[:], 1, last)
		b.idct8(full[:], 1)
		if short != full {
			t.Fatalf("%v gives %v with a shortcut and %v without", coefs, short, full)
		}
		for i, want := range slow(&coefs) {
			worst = max(worst, math.Abs(want-float64(full[i/8][i%8])))
		}
	}
	if worst > 0.6 {
		t.Errorf("up to %.2f levels from the definition", worst)
	}
}
