// Command synthetic makes a cache of CLIP-like features from real class-text embeddings.
//
//	go run ./tools/synthetic -text text.npy -out CACHE [-train 500] [-test 100] [-zero-shot 0.65] [-seed 1]
//
// text.npy holds (C,D) text embeddings of a real CLIP. The image embedding of class c is
//
//	x = g + a_c m_c + ε,   m_c = ρ_c d_c + √(1−ρ_c²) v_c,   ε = n_c (√½ u + √½ w)
//
//	g    the modality gap: the same for all images, of length 1, mostly orthogonal to all texts, cosine 0.3
//	     with their mean
//	d_c  the direction of t_c without its part along the texts' mean: what zero-shot knows about the class
//	v_c  a direction that no text knows, partly shared with the nearest class: what only training can find
//	ρ_c  how well the text describes the class, from 0.35 to 0.75, so that classes differ in difficulty
//	n_c  how much images of the class vary; u lies in a random subspace of 32 dimensions, w anywhere
//
// The amplitude of the noise is found by bisection so that zero-shot accuracy is what -zero-shot asks, and the
// logit scale so that zero-shot is as sure as it is right on average, which CLIP about is. The class order along
// the tail has nothing to do with difficulty. Nothing here is fitted to a method's results.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/npy"
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
		return durable.WriteFile(at(name), func(f io.Writer) error {
			return npy.WriteFloat32(f, m.Data, m.Rows, m.Cols)
		})
	}
	arrays := cache.Arrays{
		Train:       at("train"),
		TrainLabels: at("train_labels"),
		Test:        at("test"),
		TestLabels:  at("test_labels"),
		Text:        at("text"),
		LogitScale:  scale,
	}
	errs := []error{save("text", text)}
	for i, split := range []struct {
		name string
		n    int
	}{{"train", train}, {"test", test}} {
		x, y := w.images(uint64(i), split.n)
		errs = append(errs, save(split.name, x), durable.WriteFile(at(split.name+"_labels"), func(f io.Writer) error {
			return npy.WriteInt32(f, y, len(y))
		}))
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
