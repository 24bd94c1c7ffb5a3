package lab_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/npy"
)

// The problem that tests run on: five classes around their texts, features with two views, files named by their class
// and one of four people.
const (
	classes, dim, views = 5, 8, 2
	perTrain, perTest   = 24, 6
)

// splits draws features of the problem: every row is a plain view and the others, one after the other.
func splits(visit func(split string, views int, x f32.Matrix, y []int32, files []string)) (text f32.Matrix) {
	rng := rand.New(rand.NewPCG(1, 2))
	gauss := func(rows, cols int) f32.Matrix {
		m := f32.New(rows, cols)
		for i := range m.Data {
			m.Data[i] = float32(rng.NormFloat64())
		}
		return m
	}
	centre := gauss(classes, dim)
	for _, split := range []string{"train", "test"} {
		per := map[string]int{"test": perTest, "train": perTrain}[split]
		rng = rand.New(rand.NewPCG(3, uint64(per)))
		k := 1
		if split == "train" {
			k += views
		}
		x, y, files := gauss(classes*per, k*dim), make([]int32, classes*per), make([]string, classes*per)
		for i := range y {
			y[i] = int32(i % classes)
			files[i] = fmt.Sprintf("class%d/person%d_%03d.png", y[i], i/classes%4, i)
			for v := range k {
				f32.Axpy(1.5, centre.Row(int(y[i])), x.Row(i)[v*dim:(v+1)*dim])
			}
		}
		visit(split, k-1, x, y, files)
	}
	rng = rand.New(rand.NewPCG(5, 6))
	text = gauss(classes, dim)
	f32.Scale(0.7, text.Data)
	f32.Axpy(1, centre.Data, text.Data)
	for c := range classes {
		f32.Normalize(text.Row(c), text.Row(c))
	}
	return text
}

// writeCache makes the problem's cache, with files' names and views.
func writeCache(dir string) error {
	return writeSome(dir, cache.DataInfo{}, func(string, string) bool { return true })
}

// writeSome makes a cache of those of the problem's rows that are wanted, by split and file.
func writeSome(dir string, about cache.DataInfo, wanted func(split, file string) bool) error {
	plan := cache.Contents{
		Classes: []string{"a", "b", "c", "d", "e"}, LogitScale: cache.LogitScale{Value: 15, Source: "option"},
		Dim: dim, DType: "<f4", Views: views, Data: &about,
	}
	var parts []cache.Part
	var failed error
	text := splits(func(split string, _ int, x f32.Matrix, y []int32, files []string) {
		x, y, files = some(x, y, files, func(file string) bool { return wanted(split, file) })
		list, err := cache.List(split, len(y), func(i int) (string, int32, error) { return files[i], y[i], nil })
		if err != nil {
			failed = err
		}
		plan.Splits = append(plan.Splits, list)
		parts = append(parts, cache.Part{Split: split, Features: x, Files: files, Labels: y})
	})
	if failed != nil {
		return failed
	}
	w, err := cache.Create(dir, plan, cache.Shard{}, false)
	if err != nil {
		return err
	}
	defer w.Close() // finished or of no use
	for _, p := range parts {
		if err := w.WritePart(p); err != nil {
			return err
		}
	}
	if err := w.PutText(text); err != nil {
		return err
	}
	_, err = w.Finish(context.Background(), nil)
	return err
}

// some are the rows whose files are wanted.
func some(x f32.Matrix, y []int32, files []string, wanted func(string) bool) (f32.Matrix, []int32, []string) {
	var rows []float32
	var labels []int32
	var names []string
	for i, file := range files {
		if wanted(file) {
			rows, labels, names = append(rows, x.Row(i)...), append(labels, y[i]), append(names, file)
		}
	}
	return f32.Of(len(names), x.Cols, rows), labels, names
}

// writeWide makes a cache of the same features before a projection, which is the identity.
func writeWide(dir string) error {
	arrays, err := os.MkdirTemp(filepath.Dir(dir), "arrays")
	if err != nil {
		return err
	}
	array := func(name string, write func(w io.Writer) error) string {
		path := filepath.Join(arrays, name+".npy")
		if failed := durable.WriteFile(path, write); failed != nil {
			err = failed
		}
		return path
	}
	matrix := func(name string, m f32.Matrix) string {
		return array(name, func(w io.Writer) error { return npy.WriteFloat32(w, m.Data, m.Rows, m.Cols) })
	}
	in := cache.Arrays{LogitScale: 15}
	text := splits(func(split string, k int, x f32.Matrix, y []int32, _ []string) {
		plain := f32.New(x.Rows, dim)
		for i := range x.Rows {
			copy(plain.Row(i), x.Row(i)[:dim])
		}
		features := matrix(split, plain)
		labels := array(split+"_y", func(w io.Writer) error {
			data := npy.AppendHeader(nil, "<i4", len(y))
			for _, c := range y {
				data = append(data, byte(c), 0, 0, 0)
			}
			_, err := w.Write(data)
			return err
		})
		if split == "train" {
			in.Train, in.TrainLabels = features, labels
		} else {
			in.Test, in.TestLabels = features, labels
		}
	})
	identity := f32.New(dim, dim)
	for i := range dim {
		identity.Row(i)[i] = 1
	}
	in.Text, in.Projection = matrix("text", text), matrix("projection", identity)
	if err == nil {
		_, err = cache.Import(dir, in, nil)
	}
	return err
}
