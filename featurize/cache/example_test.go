package cache_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/train/f32"
)

// A cache made of features at hand, and read: who has arrays in files takes Import, who has images package featurize.
func Example() {
	work, err := os.MkdirTemp("", "cache-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(work)
	dir := filepath.Join(work, "cache")
	if err := write(dir); err != nil {
		log.Fatal(err)
	}

	held, err := cache.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer held.Close()
	train, err := held.Split("train")
	if err != nil {
		log.Fatal(err)
	}
	x := f32.New(2, train.Dim())
	if err := train.Gather(x, []int{3, 0}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(held.Manifest.Classes, train.Len(), "images with labels", train.Labels())
	fmt.Println("rows 3 and 0:", x.Row(0), x.Row(1))
	// Output:
	// [cat dog] 4 images with labels [0 0 1 1]
	// rows 3 and 0: [0 0.5] [1 0]
}

func write(dir string) error {
	contents := cache.Contents{
		Classes: []string{"cat", "dog"}, Dim: 2, DType: "<f4",
		LogitScale: cache.LogitScale{Value: 100, Source: "option"},
	}
	parts := []cache.Part{
		{Split: "train", Features: f32.Of(4, 2, []float32{1, 0, 0.5, 0, 0, 1, 0, 0.5}), Labels: []int32{0, 0, 1, 1}},
		{Split: "test", Features: f32.Of(2, 2, []float32{1, 0.5, 0.5, 1}), Labels: []int32{0, 1}},
	}
	for i, p := range parts {
		for row := range p.Labels {
			parts[i].Files = append(parts[i].Files, fmt.Sprintf("%s/%d.jpg", p.Split, row))
		}
		split, err := cache.List(p.Split, len(p.Labels), func(row int) (string, int32, error) {
			return parts[i].Files[row], p.Labels[row], nil
		})
		if err != nil {
			return err
		}
		contents.Splits = append(contents.Splits, split)
	}
	w, err := cache.Create(dir, contents, cache.Shard{}, false)
	if err != nil {
		return err
	}
	defer w.Close() // finished, or of no use
	for _, p := range parts {
		if err := w.WritePart(p); err != nil {
			return err
		}
	}
	if err := w.PutText(f32.Of(2, 2, []float32{1, 0, 0, 1})); err != nil {
		return err
	}
	_, err = w.Finish(context.Background(), nil)
	return err
}
