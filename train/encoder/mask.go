package encoder

import (
	"math/bits"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
)

// Mask is a dropout mask over the elements of a matrix, a bit each: what stays is multiplied by 1/(1−p).
type Mask struct {
	Cols  int
	Scale float32
	Bits  []uint64 // a row begins with a word; bit j of it, from the lowest, is of column j
}

// Masks are those of the inputs of queries, keys and values.
type Masks [3]Mask

// NewMask draws a mask that drops each element with probability p in [0,1), to 32 binary digits of p.
//
// A word of bits that are one with probability p is made of random words, one for each binary digit of p from its
// lowest: or-ed for a digit 1, and-ed for a digit 0. A quarter takes two words.
func NewMask(rng rand.Source, rows, cols int, p float64) Mask {
	m := Mask{cols, float32(1 / (1 - p)), make([]uint64, rows*words(cols))}
	digits := uint64(p * (1 << 32))
	for i := range m.Bits {
		var drop uint64
		if digits != 0 {
			for at := bits.TrailingZeros64(digits); at < 32; at++ {
				if digits>>at&1 == 1 {
					drop |= rng.Uint64()
				} else {
					drop &= rng.Uint64()
				}
			}
		}
		m.Bits[i] = ^drop
	}
	return m
}

// words is how many words a row of so many columns takes.
func words(cols int) int { return (cols + 63) / 64 }

// Factor is 0 or 1/(1−p).
func (m Mask) Factor(row, col int) float32 {
	if m.Bits[row*words(m.Cols)+col/64]>>(col%64)&1 == 0 {
		return 0
	}
	return m.Scale
}

// Rows are those from one inclusive to one exclusive, sharing storage.
func (m Mask) Rows(from, to int) Mask {
	w := words(m.Cols)
	m.Bits = m.Bits[from*w : to*w]
	return m
}

// apply performs dst = m ∘ x for a row, which may be dst.
func (m Mask) apply(dst, x []float32, row int) {
	f32.Keep(dst, x, m.Bits[row*words(m.Cols):], m.Scale)
}
