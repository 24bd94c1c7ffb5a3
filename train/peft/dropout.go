package peft

import (
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
)

// Drop is the seed of a dropout mask: the key of a ChaCha8 generator.
type Drop [32]byte

// dropout zeroes each of so many columns with probability p in [0,1) while training, and scales up the rest by 1/(1−p).
type dropout struct {
	p    float64
	cols int
}

func (d dropout) Drops() bool { return d.p > 0 }

func (d dropout) Mask(rows int, drop Drop) f32.Matrix { return d.mask(nil, rows, drop) }

// mask draws the factors row by row.
func (d dropout) mask(m *f32.Arena, rows int, drop Drop) f32.Matrix {
	keep, factors, rng := float32(1/(1-d.p)), m.Matrix(rows, d.cols), rand.New(rand.NewChaCha8(drop))
	clear(factors.Data)
	for i := range factors.Data {
		if rng.Float64() >= d.p {
			factors.Data[i] = keep
		}
	}
	return factors
}

// apply returns x as it is under the mask of the seed; without a seed, or without dropout, x itself.
func (d dropout) apply(m *f32.Arena, x f32.Matrix, drop *Drop) f32.Matrix {
	if drop == nil || !d.Drops() {
		return x
	}
	masked := m.Clone(x)
	f32.Times(d.mask(m, x.Rows, *drop).Data, masked.Data)
	return masked
}
