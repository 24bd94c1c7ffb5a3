package main

import (
	"math"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// world is what images are drawn from.
type world struct {
	text   f32.Matrix
	gap    []float32
	means  f32.Matrix // a_c m_c
	basis  f32.Matrix // of the noise's subspace
	spread []float64  // n_c at noise 1
	noise  float64
	root   uint64
	probes f32.Matrix // images drawn at noise drawn
	labels []int32
	drawn  float64
}

func newWorld(text f32.Matrix, root uint64) *world {
	C, D := text.Rows, text.Cols
	rng := rand.New(rand.NewPCG(root, 0))
	gauss := func() []float32 { return direction(rng, D) }
	mean := make([]float32, D)
	for c := range C {
		f32.Axpy(1/float32(C), text.Row(c), mean)
	}
	f32.Normalize(mean, mean)
	w := &world{
		text:   text,
		gap:    gauss(),
		means:  f32.New(C, D),
		basis:  f32.New(subspace, D),
		spread: make([]float64, C),
		root:   root,
	}
	for _, v := range orthonormal(text) {
		f32.Axpy(float32(-f32.Dot(w.gap, v)), v, w.gap)
	}
	f32.Normalize(w.gap, w.gap)
	f32.Scale(float32(math.Sqrt(1-0.3*0.3)), w.gap)
	f32.Axpy(0.3, mean, w.gap)
	known := f32.New(C, D)
	for c := range C {
		copy(known.Row(c), text.Row(c))
		f32.Axpy(float32(-f32.Dot(mean, known.Row(c))), mean, known.Row(c))
		f32.Normalize(known.Row(c), known.Row(c))
	}
	unknown := f32.New(C, D)
	for c := range C {
		copy(unknown.Row(c), gauss())
	}
	for c := range C {
		rho := 0.35 + 0.4*rng.Float64()
		v := append([]float32{}, unknown.Row(c)...)
		// Real confusions: neighbours look alike in what texts do not tell.
		f32.Axpy(0.5, unknown.Row(nearest(known, c)), v)
		f32.Normalize(v, v)
		f32.Axpy(float32(signal*rho), known.Row(c), w.means.Row(c))
		f32.Axpy(float32(signal*math.Sqrt(1-rho*rho)), v, w.means.Row(c))
		w.spread[c] = 0.8 + 0.4*rng.Float64()
	}
	for i := range subspace {
		copy(w.basis.Row(i), gauss())
	}
	return w
}

// images draws n images of every class of a split.
func (w *world) images(split uint64, n int) (f32.Matrix, []int32) {
	C, D := w.text.Rows, w.text.Cols
	x, y := f32.New(n*C, D), make([]int32, n*C)
	for i := range y {
		c := i % C
		rng := rand.New(rand.NewPCG(w.root, 1+split<<40+uint64(i)))
		row := x.Row(i)
		copy(row, w.gap)
		f32.Axpy(1, w.means.Row(c), row)
		length := float32(w.noise * w.spread[c] * math.Sqrt(0.5))
		f32.Axpy(length, direction(rng, D), row)
		inside := make([]float32, D)
		for b := range subspace {
			f32.Axpy(float32(rng.NormFloat64()/math.Sqrt(subspace)), w.basis.Row(b), inside)
		}
		f32.Axpy(length, inside, row)
		y[i] = int32(c)
	}
	return x, y
}

// zeroShot returns the accuracy and the mean confidence of zero-shot predictions on the probes.
func (w *world) zeroShot(scale float64) (right, sure float64) {
	if w.noise != w.drawn {
		w.probes, w.labels = w.images(2, probes)
		w.drawn = w.noise
	}
	logits := peft.Head{Text: w.text, Scale: float32(scale)}.ZeroShot(nil, w.probes)
	n := float64(logits.Rows)
	for i, c := range w.labels {
		l := logits.Row(i)
		top := f32.Argmax(l)
		if top == int(c) {
			right += 1 / n
		}
		sure += math.Exp(float64(l[top])-f32.LogSumExp(l)) / n
	}
	return right, sure
}

// nearest is the class whose known direction is closest to that of c.
func nearest(known f32.Matrix, c int) int {
	best, at := math.Inf(-1), c
	for k := range known.Rows {
		if d := f32.Dot(known.Row(k), known.Row(c)); k != c && d > best {
			best, at = d, k
		}
	}
	return at
}

// orthonormal is a basis of the span of the rows of m, by Gram and Schmidt.
func orthonormal(m f32.Matrix) [][]float32 {
	var basis [][]float32
	for i := range m.Rows {
		v := append([]float32{}, m.Row(i)...)
		for range 2 { // twice is enough against rounding
			for _, b := range basis {
				f32.Axpy(float32(-f32.Dot(v, b)), b, v)
			}
		}
		if f32.Normalize(v, v) > 1e-4 {
			basis = append(basis, v)
		}
	}
	return basis
}

// direction is a random unit vector.
func direction(rng *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	f32.Normalize(v, v)
	return v
}
