package featurize_test

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/featurize"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/tiny"
)

// colours is an encoder of a program's own: a picture's mean red, green and blue, and as many numbers of a text's. One
// that runs a model's own towers comes from models/onnx.
type colours struct{}

func (colours) Traits() models.Traits { return models.Traits{Dim: 3, Width: 3} }
func (colours) Close() error          { return nil }

func (colours) EncodeImages(pixels []float32, n int, out []float32) error {
	area := len(pixels) / (3 * n)
	for i := range 3 * n {
		out[i] = 0
		for _, v := range pixels[i*area : (i+1)*area] {
			out[i] += v / float32(area)
		}
	}
	return nil
}

func (colours) EncodeText(ids []int64, lengths []int, out []float32) error {
	for i := range lengths {
		for j := range 3 {
			out[3*i+j] = float32(ids[i*len(ids)/len(lengths)+1+j])
		}
	}
	return nil
}

// From a folder of pictures to a cache.
func Example() {
	work, err := os.MkdirTemp("", "featurize-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(work)
	photos := filepath.Join(work, "photos")
	for class, colour := range map[string]color.RGBA{"sky": {B: 255, A: 255}, "grass": {G: 255, A: 255}} {
		for _, split := range []string{"train", "test"} {
			if err := paint(filepath.Join(photos, split, class, "1.png"), colour); err != nil {
				log.Fatal(err)
			}
		}
	}

	set, err := all.Open(photos, dataset.DefaultOptions())
	if err != nil {
		log.Fatal(err)
	}
	defer set.Close()
	model, err := models.Open(tiny.Folder(), models.Options{}) // how pictures and texts are prepared
	if err != nil {
		log.Fatal(err)
	}
	model.Dim = 3
	o := featurize.Options{Templates: []string{"a photo of {}"}, DType: "<f4", Batch: 2, Workers: 2, Threads: 1}
	report, err := featurize.Run(context.Background(), set, model, colours{}, filepath.Join(work, "cache"), o)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Images, "pictures of", report.Manifest.Classes, "in", report.Manifest.Dim, "dimensions")
	// Output:
	// 4 pictures of [grass sky] in 3 dimensions
}

func paint(path string, c color.Color) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	picture := image.NewRGBA(image.Rect(0, 0, 8, 8))
	for i := range 64 {
		picture.Set(i%8, i/8, c)
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return png.Encode(f, picture)
}
