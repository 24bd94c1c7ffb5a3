package main

import "fmt"

// shape is a product (n,k)·(k,m), run so many times.
type shape struct{ n, m, k, times int }

func (s shape) name() string { return fmt.Sprintf("%dx%dx%d", s.n, s.m, s.k) }

func (s shape) flop() float64 {
	return 2 * float64(s.n) * float64(s.m) * float64(s.k) * float64(s.times)
}

// The products of the gate module, for batches of b samples, dimension d and c classes.

// forward computes logits.
func forward(b, d, c int) []shape { return []shape{{b, d, d, 2}, {b, c, d, 1}} }

// backward carries a gradient of logits to the outputs of both layers.
func backward(b, d, c int) []shape { return []shape{{b, d, c, 1}, {b, d, d, 1}} }

// purifiedStep is a step of stage 1: two gradients up to the layers' outputs, compared there (h hᵀ, and it times
// either, for both layers), and one product a layer into the parameters.
func purifiedStep(b, d, c int) []shape {
	s := append(forward(b, d, c), backward(b, d, c)...)
	s = append(s, backward(b, d, c)...)
	return append(s, shape{b, b, d, 2}, shape{b, d, b, 4}, shape{d, d, b, 2})
}

// personalStep is a step of stage 2: frozen and own logits, one gradient.
func personalStep(b, d, c int) []shape {
	s := append(forward(b, d, c), forward(b, d, c)...)
	return append(append(s, backward(b, d, c)...), shape{d, d, b, 2})
}

// blockRows is how many test rows are predicted at a time.
const blockRows = 512

// predict computes the logits of rows test rows.
func predict(rows, d, c int) []shape {
	var out []shape
	for _, s := range forward(blockRows, d, c) {
		s.times *= max(1, rows/blockRows)
		out = append(out, s)
	}
	return out
}

// rates are GFLOP/s of one core by library and shape.
type rates map[string]map[string]float64

// seconds is the time that the products take one core at the rate of OpenBLAS, as NumPy has it; 0 if that was not
// measured.
func (r rates) seconds(shapes []shape) float64 {
	var sum float64
	for _, s := range shapes {
		rate := r["numpy"][s.name()]
		if rate == 0 {
			return 0
		}
		sum += s.flop() / (rate * 1e9)
	}
	return sum
}

// The sizes of the curves. All are of the gate module, in batches of 32.
var (
	sampleSizes = []int{10000, 30000, 100000, 300000}
	classSizes  = []int{10, 30, 100, 300, 1000}
	dimSizes    = []int{128, 256, 512, 1024}
	clientSizes = []int{20, 100, 500, 2500, 10000}
)

// allShapes lists every product whose rate is needed.
func allShapes() []shape {
	seen, out := map[string]bool{}, []shape(nil)
	add := func(d, c int) {
		for _, s := range append(append(purifiedStep(32, d, c), personalStep(32, d, c)...), predict(1, d, c)...) {
			if !seen[s.name()] {
				seen[s.name()] = true
				out = append(out, s)
			}
		}
	}
	for _, c := range classSizes {
		add(512, c)
	}
	for _, d := range dimSizes {
		add(d, 100)
	}
	return out
}
