// Command synthetic makes a cache of CLIP-like features from real class-text embeddings.
//
//	go run ./tools/synthetic -text text.npy -out CACHE [-train 500] [-test 100] [-zero-shot 0.65] [-seed 1]
//
// text.npy holds (C,D) text embeddings of a real CLIP. The image embedding of class c is
//
//	x = g + a_c m_c + ε,   m_c = ρ_c d_c + √(1−ρ_c²) v_c,   ε = n_c (√½ u + √½ w)
//
//	g    the modality gap: the same for all images, of length 1, mostly orthogonal to all texts, cosine 0.3 with their mean
//	d_c  the direction of t_c without its part along the texts' mean: what zero-shot knows about the class
//	v_c  a direction that no text knows, partly shared with the nearest class: what only training can find
//	ρ_c  how well the text describes the class, from 0.35 to 0.75, so that classes differ in difficulty
//	n_c  how much images of the class vary; u lies in a random subspace of 32 dimensions, w anywhere
//
// The amplitude of the noise is found by bisection so that zero-shot accuracy is what -zero-shot asks, and the logit scale so
// that zero-shot is as sure as it is right on average, which CLIP about is. The class order along the tail has nothing to do with difficulty. Nothing here is fitted to a method's results.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/npy"
	"github.com/fedpurel/fedpurel/train/peft"
)

const (
	signal   = 0.3 // a_c: length of an image's class part; the gap has length 1
	subspace = 32
	probes   = 50 // images of a class on which noise and logit scale are settled; they are in neither split
)

func main() {
	log.SetFlags(0)
	text := flag.String("text", "", "(C,D) text embeddings, .npy")
	out := flag.String("out", "", "folder for the cache")
	train := flag.Int("train", 500, "training images of a class")
	test := flag.Int("test", 100, "test images of a class")
	target := flag.Float64("zero-shot", 0.65, "zero-shot accuracy on the test split")
	root := flag.Uint64("seed", 1, "seed of everything")
	flag.Parse()
	if *text == "" || *out == "" || *train < 1 || *test < 1 || !(*target > 0 && *target < 1) {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*text, *out, *train, *test, *target, *root); err != nil {
		log.Fatal("synthetic: ", err)
	}
}

func run(textFile, out string, train, test int, target float64, root uint64) error {
	text, err := readText(textFile)
	if err != nil {
		return err
	}
	w := newWorld(text, root)
	lo, hi := 0.0, 3.0
	for range 14 {
		w.noise = (lo + hi) / 2
		if right, _ := w.zeroShot(1); right > target {
			lo = w.noise
		} else {
			hi = w.noise
		}
	}
	low, high := math.Log(1.0), math.Log(1e4)
	for range 20 {
		scale := math.Exp((low + high) / 2)
		if right, sure := w.zeroShot(scale); sure < right {
			low = math.Log(scale)
		} else {
			high = math.Log(scale)
		}
	}
	scale := math.Round(math.Exp(low))
	tmp, err := os.MkdirTemp("", "synthetic")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	at := func(name string) string { return filepath.Join(tmp, name+".npy") }
	save := func(name string, m f32.Matrix) error {
		return durable.WriteFile(at(name), func(f io.Writer) error { return npy.WriteFloat32(f, m.Data, m.Rows, m.Cols) })
	}
	arrays := cache.Arrays{Train: at("train"), TrainLabels: at("train_labels"), Test: at("test"), TestLabels: at("test_labels"), Text: at("text"), LogitScale: scale}
	errs := []error{save("text", text)}
	for i, split := range []struct {
		name string
		n    int
	}{{"train", train}, {"test", test}} {
		x, y := w.images(uint64(i), split.n)
		errs = append(errs, save(split.name, x), durable.WriteFile(at(split.name+"_labels"), func(f io.Writer) error { return npy.WriteInt32(f, y, len(y)) }))
		if i == 0 {
			fmt.Printf("noise %.3f, logit scale %g\n", w.noise, scale)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	_, err = cache.Import(out, arrays, map[string]string{"program": "tools/synthetic"})
	return err
}

// readText reads text embeddings as unit rows.
func readText(path string) (f32.Matrix, error) {
	a, err := npy.Open(path)
	if err != nil {
		return f32.Matrix{}, err
	}
	defer a.Close() // read-only: nothing can be lost
	shape := a.Shape
	if len(shape) != 2 || shape[0] < 2 {
		return f32.Matrix{}, fmt.Errorf("%s has shape %v, want (C,D)", path, shape)
	}
	data, err := a.Float32s()
	if err != nil {
		return f32.Matrix{}, err
	}
	m := f32.Of(shape[0], shape[1], data)
	for c := range m.Rows {
		f32.Normalize(m.Row(c), m.Row(c))
	}
	return m, nil
}

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
	w := &world{text: text, gap: gauss(), means: f32.New(C, D), basis: f32.New(subspace, D), spread: make([]float64, C), root: root}
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
		f32.Axpy(0.5, unknown.Row(nearest(known, c)), v) // real confusions: neighbours look alike in what texts do not tell
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
	logits := peft.Head{Text: w.text, Scale: float32(scale)}.ZeroShot(w.probes)
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
