package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/npy"
)

// world is a made-up data set: features are a class direction and noise, class texts the direction and noise of
// their own.
type world struct {
	train, test  int // rows
	classes, dim int
	half         bool // float16 features
}

// standard has the shape of CIFAR-100: after the long tail, about 10,850 training rows remain.
var standard = world{train: 50000, test: 10000, classes: 100, dim: 512}

// texts returns unit class texts and the directions that images of the classes spread around.
func (w world) texts() (text, centre f32.Matrix) {
	rng := rand.New(rand.NewPCG(1, 1))
	text, centre = f32.New(w.classes, w.dim), f32.New(w.classes, w.dim)
	for i := range centre.Data {
		centre.Data[i] = float32(rng.NormFloat64())
		text.Data[i] = centre.Data[i] + 2*float32(rng.NormFloat64())
	}
	for c := range w.classes {
		f32.Normalize(text.Row(c), text.Row(c))
		f32.Normalize(centre.Row(c), centre.Row(c))
	}
	return text, centre
}

// fill writes the features of row r into x and returns its label.
func (w world) fill(x []float32, r int, stream uint64, centre f32.Matrix) int32 {
	rng := rand.New(rand.NewPCG(stream, uint64(r)))
	c := r % w.classes
	for i, v := range centre.Row(c) {
		x[i] = v + 0.15*(rng.Float32()-0.5)*3.46 // of standard deviation 0.15
	}
	f32.Normalize(x, x)
	return int32(c)
}

// write makes a cache of the world in dir.
func (w world) write(dir string) (string, error) {
	raw := dir + ".raw"
	if err := os.MkdirAll(raw, 0o755); err != nil {
		return "", err
	}
	defer os.RemoveAll(raw)
	text, centre := w.texts()
	at := func(name string) string { return filepath.Join(raw, name) }
	if err := w.split(at("train.npy"), at("train.y.npy"), w.train, 2, centre); err != nil {
		return "", err
	}
	if err := w.split(at("test.npy"), at("test.y.npy"), w.test, 3, centre); err != nil {
		return "", err
	}
	row := func(i int) []float32 { return text.Row(i) }
	if err := save(at("text.npy"), "<f4", text.Rows, text.Cols, row); err != nil {
		return "", err
	}
	_, err := cache.Import(dir, cache.Arrays{
		Train:       at("train.npy"),
		TrainLabels: at("train.y.npy"),
		Test:        at("test.npy"),
		TestLabels:  at("test.y.npy"),
		Text:        at("text.npy"),
		LogitScale:  100,
	}, nil)
	return dir, err
}

// split writes the features and labels of n rows.
func (w world) split(features, labels string, n int, stream uint64, centre f32.Matrix) error {
	kind, x, y := npy.DType("<f4"), make([]float32, w.dim), make([]int32, n)
	if w.half {
		kind = "<f2"
	}
	err := save(features, kind, n, w.dim, func(i int) []float32 {
		y[i] = w.fill(x, i, stream, centre)
		return x
	})
	if err != nil {
		return err
	}
	f, err := os.Create(labels)
	if err != nil {
		return err
	}
	if err := npy.WriteInt32(f, y, n); err != nil {
		return err
	}
	return f.Close()
}

// save writes an array row by row.
func save(path string, kind npy.DType, rows, cols int, row func(i int) []float32) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 1<<20)
	buffer := npy.AppendHeader(nil, kind, rows, cols)
	for i := range rows {
		if _, err := out.Write(buffer); err != nil {
			return err
		}
		buffer = npy.AppendFloats(buffer[:0], kind, row(i))
	}
	if _, err := out.Write(buffer); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return f.Close()
}
