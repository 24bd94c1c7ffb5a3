package encoder

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// The block as it is defined, in float64, one number at a time: what the tests hold ours against.

type naive struct {
	w     Weights
	heads int
	act   Activation
	low   *LowRank
	drop  *Masks
	sees  func(i, j int) bool // whether token i attends to token j
}

func (b naive) norm(n Norm, x []float64) []float64 {
	var mean, square float64
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		square += (v - mean) * (v - mean) / float64(len(x))
	}
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(n.Gain[i])*(v-mean)/math.Sqrt(square+n.Eps) + float64(n.Shift[i])
	}
	return y
}

func (b naive) times(m Map, x []float64) []float64 {
	y := make([]float64, m.W.Rows)
	for i := range y {
		if m.B != nil {
			y[i] = float64(m.B[i])
		}
		for j, v := range m.W.Row(i) {
			y[i] += float64(v) * x[j]
		}
	}
	return y
}

// part is W y + b + γ B A (m ∘ y) of q, k or v.
func (b naive) part(i int, y []float64, token int) []float64 {
	out := b.times([]Map{b.w.Query, b.w.Key, b.w.Value}[i], y)
	if b.low == nil {
		return out
	}
	masked := append([]float64{}, y...)
	if b.drop != nil {
		for j := range masked {
			masked[j] *= float64(b.drop[i].Factor(token, j))
		}
	}
	for j, v := range b.times(Map{W: b.low.B[i]}, b.times(Map{W: b.low.A[i]}, masked)) {
		out[j] += float64(b.low.Gamma) * v
	}
	return out
}

func (b naive) forward(x [][]float64) [][]float64 {
	var qkv [3][][]float64
	for t := range x {
		y := b.norm(b.w.Norm1, x[t])
		for i := range qkv {
			qkv[i] = append(qkv[i], b.part(i, y, t))
		}
	}
	d := b.w.Query.W.Cols / b.heads
	out := make([][]float64, len(x))
	for t := range x {
		o := make([]float64, len(x[t]))
		for h := 0; h < len(o); h += d {
			a, sum := make([]float64, len(x)), 0.0
			for j := range x {
				if b.sees(t, j) {
					s := 0.0
					for c := h; c < h+d; c++ {
						s += qkv[query][t][c] * qkv[key][j][c]
					}
					a[j] = math.Exp(s / math.Sqrt(float64(d)))
					sum += a[j]
				}
			}
			for j := range x {
				for c := h; c < h+d; c++ {
					o[c] += a[j] / sum * qkv[value][j][c]
				}
			}
		}
		hidden := b.times(b.w.Out, o)
		for c := range hidden {
			hidden[c] += x[t][c]
		}
		u := b.times(b.w.Up, b.norm(b.w.Norm2, hidden))
		for i, v := range u {
			if b.act == Gelu {
				u[i] = v * math.Erfc(-v/math.Sqrt2) / 2
			} else {
				u[i] = v / (1 + math.Exp(-1.702*v))
			}
		}
		out[t] = b.times(b.w.Down, u)
		for c := range hidden {
			out[t][c] += hidden[c]
		}
	}
	return out
}

func wide(m f32.Matrix) [][]float64 {
	out := make([][]float64, m.Rows)
	for i := range out {
		for _, v := range m.Row(i) {
			out[i] = append(out[i], float64(v))
		}
	}
	return out
}

// gradients are those of ⟨d_z, f⟩ with respect to m, for two cotangents d stacked and numbers f that depend on m:
// central differences of fourth order.
func gradients(m f32.Matrix, f func() []float64, d f32.Matrix) (all [2][]float64) {
	const h = 1.0 / 512
	for i := range m.Data {
		start := m.Data[i]
		at := func(step float32) []float64 { m.Data[i] = start + step; return f() }
		left, right, wideLeft, wideRight := at(-h), at(h), at(-2*h), at(2*h)
		m.Data[i] = start
		for z := range all {
			var sum float64
			for j, v := range part(d, z, d.Rows/2).Data {
				sum += float64(v) * (8*(right[j]-left[j]) - (wideRight[j] - wideLeft[j])) / (12 * h)
			}
			all[z] = append(all[z], sum)
		}
	}
	return all
}

// off is ‖got − want‖/‖want‖.
func off(got []float32, want []float64) float64 {
	var d, n float64
	for i, v := range want {
		d += (float64(got[i]) - v) * (float64(got[i]) - v)
		n += v * v
	}
	return math.Sqrt(d / n)
}

func within(t *testing.T, what string, got []float32, want []float64, bound float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	if d := off(got, want); !(d <= bound) {
		t.Errorf("%s: off by %.2g, more than %.2g", what, d, bound)
	}
}

// normal draws multiples of 1/4096, so that a step of gradients away is a float32 too.
func normal(rng *rand.Rand, rows, cols int, scale float64) f32.Matrix {
	m := f32.New(rows, cols)
	for i := range m.Data {
		m.Data[i] = float32(math.Round(rng.NormFloat64()*scale*4096) / 4096)
	}
	return m
}

// drawn are the weights of a block of width d whose every part matters.
func drawn(rng *rand.Rand, d, hidden int) Weights {
	linear := func(out, in int) Map {
		return Map{normal(rng, out, in, 1/math.Sqrt(float64(in))), normal(rng, 1, out, 0.2).Data}
	}
	norm := func() Norm {
		n := Norm{normal(rng, 1, d, 0.3).Data, normal(rng, 1, d, 0.2).Data, 1e-5}
		for i := range n.Gain {
			n.Gain[i]++
		}
		return n
	}
	return Weights{norm(), linear(d, d), linear(d, d), linear(d, d), linear(d, d), norm(), linear(hidden, d),
		linear(d, hidden)}
}

// many is Work with several workers, which take jobs in no order.
func many(workers int) Work {
	return Work{Memory: new(f32.Arena), Workers: workers, Run: func(n int, job func(worker, i int)) {
		var group sync.WaitGroup
		jobs := make(chan int, n)
		for i := range n {
			jobs <- n - 1 - i
		}
		close(jobs)
		for worker := range workers {
			group.Go(func() {
				for i := range jobs {
					job(worker, i)
				}
			})
		}
		group.Wait()
	}}
}
