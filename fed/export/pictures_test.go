//go:build cgo

package export

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/fedpurel/fedpurel/featurize"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/pixel"
	"github.com/fedpurel/fedpurel/featurize/sample"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/onnx"
	"github.com/fedpurel/fedpurel/models/tiny"
	"github.com/fedpurel/fedpurel/train/f32"
)

// Of runs on pictures, a file with encoder and head gives for the pixels of the whole test split what the model makes
// of the cache's rows.
func TestTrainedWithEncoder(t *testing.T) {
	o := runtime(t)
	dir := t.TempDir()
	pictures, features := filepath.Join(dir, "pictures"), filepath.Join(dir, "features")
	few := sample.Options{Train: 4, Test: 1, Seed: 1}
	if err := sample.Write(context.Background(), pictures, few, nil); err != nil {
		t.Fatal(err)
	}
	set, err := all.Folder(pictures, dataset.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	encoder, err := models.Open(tiny.Folder(), models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := onnx.Open(encoder, o)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	_, err = featurize.Run(context.Background(), set, encoder, e, features, featurize.Options{
		Templates: []string{"a photo of a {}."}, DType: "<f4", Batch: 16, Workers: 2, Threads: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	recipe, err := pixel.NewRecipe(encoder.Preprocess)
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range []string{"lora", "gate-head"} {
		f, test := finished(t, lab.Settings{"cache": features, "module": module, "rounds": 2, "clients": 3})
		files, err := test.Files()
		if err != nil {
			t.Fatal(err)
		}
		edge := recipe.Size()
		pixels := f32.New(len(files), 3*edge*edge)
		for i, file := range files {
			data, err := os.ReadFile(filepath.Join(pictures, filepath.FromSlash(file)))
			if err != nil {
				t.Fatal(err)
			}
			picture, err := recipe.Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			recipe.Apply(picture, pixels.Row(i))
		}
		for _, client := range []string{"", "2"} {
			m, err := f.Model(client)
			if err != nil {
				t.Fatal(err)
			}
			out, c := write(t, m, Options{Client: client, Encoder: encoder})
			s := open(t, out, c.Input)
			logits, chances := s.run(pixels.Data, int64(pixels.Rows), 3, int64(edge), int64(edge))
			alike(t, logits, chances, m.Logits(nil, rowsOf(t, test, m)))
		}
	}
}
