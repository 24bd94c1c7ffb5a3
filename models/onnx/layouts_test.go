//go:build cgo

package onnx

import (
	"io/fs"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/modelstest"
	"github.com/fedpurel/fedpurel/tools/fixture"
	"github.com/fedpurel/fedpurel/train/fault"
)

// onDisk writes the files of a case, since some layouts work only from a folder.
func onDisk(t *testing.T, fsys fs.FS) models.Folder {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, fsys); err != nil {
		t.Fatal(err)
	}
	return models.OnDisk(dir)
}

// near compares with what was computed by hand; the tolerance is that of the type, and of 8 bits where it rounds to
// them.
func near(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= tolerance*(1+math.Abs(float64(want[i])))) {
			t.Errorf("%s: coordinate %d is %v, want %v", what, i, got[i], want[i])
			return
		}
	}
}

// Miniatures of every published layout give the embeddings that were computed by hand, alone and in batches of any
// size.
func TestLayouts(t *testing.T) {
	lib := fixture.Runtime(t)
	for _, c := range modelstest.Cases() {
		m, err := models.Open(onDisk(t, c.FS), models.Options{Preprocess: c.Preset, Variant: c.Variant})
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		e, err := Open(m, Options{Library: lib})
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		defer e.Close()
		traits := e.Traits()
		if traits.Dim != c.Spec.Dim || traits.Width != c.Spec.Dim || traits.Normalised != c.Spec.Normalise ||
			traits.Single != c.Single {
			t.Errorf("%s: %+v", c.Name, traits)
		}
		if want := float64(c.Spec.Scale); traits.LogitScale != want {
			t.Errorf("%s: logit scale %v, want %v", c.Name, traits.LogitScale, want)
		}
		tolerance := 1e-5
		switch {
		case c.Spec.Floats == modelstest.Float16:
			tolerance = 2e-3
		case c.Single:
			tolerance = 0.05
		}
		const n = 5
		var pixels, images, alone []float32
		for k := range n {
			p := picture(m, k)
			pixels, images = append(pixels, p...), append(images, c.Spec.Image(p)...)
			one := make([]float32, traits.Dim)
			if err := e.EncodeImages(p, 1, one); err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
			alone = append(alone, one...)
		}
		out := make([]float32, n*traits.Dim)
		if err := e.EncodeImages(pixels, n, out); err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		near(t, c.Name+" images", out, images, tolerance)
		near(t, c.Name+" images in a batch against alone", out, alone, 0)

		var ids []int64
		var texts []float32
		lengths := []int{3, 12, 7}
		for k, length := range lengths {
			row := make([]int64, m.Context)
			for i := range length {
				row[i] = int64(100*k + 17*i)
			}
			ids, texts = append(ids, row...), append(texts, c.Spec.Tokens(row, length)...)
		}
		if err := e.EncodeText(ids, lengths, out); err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		near(t, c.Name+" texts", out[:len(texts)], texts, tolerance)
	}
}

// An image tower works by itself, be it a file of its own or one that holds both towers.
func TestWithoutText(t *testing.T) {
	for _, c := range modelstest.Cases() {
		if c.Name != "optimum" && c.Name != "transformers.js split" {
			continue
		}
		m, err := models.Open(onDisk(t, c.FS), models.Options{NoText: true})
		if err != nil {
			t.Fatal(err)
		}
		e, err := Open(m, Options{Library: fixture.Runtime(t)})
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		out := make([]float32, 6)
		if err := e.EncodeImages(picture(m, 1), 1, out); err != nil {
			t.Fatal(err)
		}
		near(t, c.Name, out, c.Spec.Image(picture(m, 1)), 1e-5)
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Features before the projection, times the projection, are the embeddings.
func TestBeforeTheProjection(t *testing.T) {
	s := modelstest.Default()
	s.Pooled = true
	c := modelstest.Cases()[0]
	file, _ := s.Vision()
	c.FS["onnx/vision_model.onnx"].Data = file
	c.FS["visual_projection.npy"] = c.FS["merges.txt"]
	m, err := models.Open(onDisk(t, c.FS), models.Options{PreProjection: true})
	if err != nil {
		t.Fatal(err)
	}
	e, err := Open(m, Options{Library: fixture.Runtime(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	w := e.Traits().Width
	if w != 12 || e.Traits().Dim != 6 {
		t.Fatalf("%+v", e.Traits())
	}
	x, got, p := make([]float32, w), make([]float32, 6), s.VisualProjection()
	if err := e.EncodeImages(picture(m, 2), 1, x); err != nil {
		t.Fatal(err)
	}
	for d := range got {
		for j := range w {
			got[d] += p[d*w+j] * x[j]
		}
	}
	near(t, "projected", got, s.Image(picture(m, 2)), 1e-5)
}

// What a graph does not declare shows when it runs.
func TestUndeclaredMismatch(t *testing.T) {
	s := modelstest.Default()
	s.Unshaped, s.Dim = true, 5
	c := modelstest.Cases()[0]
	file, _ := s.Vision()
	c.FS["onnx/vision_model.onnx"].Data = file
	m, err := models.Open(onDisk(t, c.FS), models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(m, Options{Library: fixture.Runtime(t)}); fault.KindOf(err) != fault.Corrupt ||
		!strings.Contains(err.Error(), "rows of 5") {
		t.Errorf("got %v", err)
	}
	c.FS["config.json"].Data = []byte(`{"model_type":"clip","vision_config":{"image_size":8}}`)
	c.FS["onnx/text_model.onnx"].Data = s.Text()
	if m, err = models.Open(onDisk(t, c.FS), models.Options{}); err != nil {
		t.Fatal(err)
	}
	e, err := Open(m, Options{Library: fixture.Runtime(t)})
	if err != nil || e.Traits().Dim != 5 {
		t.Fatalf("no width anywhere but in the run: %v", err)
	}
	_ = e.Close()
}

// Providers that the library lacks are refused, by name and with a remedy.
func TestProviders(t *testing.T) {
	lib := fixture.Runtime(t)
	m, err := models.Open(onDisk(t, modelstest.Cases()[0].FS), models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(m, Options{Library: lib, Provider: "tpu"}); fault.KindOf(err) != fault.Usage ||
		!strings.Contains(err.Error(), "openvino") {
		t.Errorf("unknown: %v", err)
	}
	for _, p := range []string{"cuda", "coreml", "openvino", "directml"} {
		e, err := Open(m, Options{Library: lib, Provider: p})
		if err == nil { // this library has it
			_ = e.Close()
			continue
		}
		if fault.KindOf(err) != fault.Missing || !strings.Contains(err.Error(), p) ||
			!strings.Contains(err.Error(), "--provider cpu") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", p, err)
		}
	}
}
