//go:build cgo

package onnx

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/tiny"
	"github.com/fedpurel/fedpurel/tools/fixture"
	"github.com/fedpurel/fedpurel/train/fault"
)

func openTiny(t *testing.T, folder models.Folder) (models.Encoder, *models.Model) {
	t.Helper()
	m, err := models.Open(folder, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := Open(m, Options{Library: fixture.Runtime(t), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e, m
}

func picture(m *models.Model, k int) []float32 {
	p := make([]float32, 3*m.Preprocess.Size*m.Preprocess.Size)
	for i := range p {
		p[i] = float32(math.Sin(float64(i*(k+1)) / 50))
	}
	return p
}

// A row does not depend on its batch, nor on what other goroutines do.
func TestRowsAreIndependent(t *testing.T) {
	e, m := openTiny(t, tiny.Folder())
	const n = 6
	var batch []float32
	alone := make([][]float32, n)
	for k := range n {
		batch = append(batch, picture(m, k)...)
	}
	var wg sync.WaitGroup
	for k := range n {
		wg.Go(func() {
			alone[k] = make([]float32, m.Dim)
			if err := e.EncodeImages(picture(m, k), 1, alone[k]); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	out := make([]float32, n*m.Dim)
	if err := e.EncodeImages(batch, n, out); err != nil {
		t.Fatal(err)
	}
	for k := range n {
		for j := range m.Dim {
			if d := math.Abs(float64(out[k*m.Dim+j] - alone[k][j])); !(d < 1e-4) {
				t.Fatalf("picture %d differs by %v in a batch", k, d)
			}
		}
	}
	ids := make([]int64, 2*m.Context)
	text := make([]float32, 2*m.Dim)
	ids[1] = 5
	if err := e.EncodeText(ids, []int{m.Context, m.Context}, text); err != nil {
		t.Fatal(err)
	}
	if text[0] == text[m.Dim] {
		t.Error("different texts have equal embeddings")
	}
}

// A folder on disk gives the same as the embedded one.
func TestFolderOnDisk(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, tiny.Folder().FS); err != nil {
		t.Fatal(err)
	}
	a, m := openTiny(t, tiny.Folder())
	b, _ := openTiny(t, models.OnDisk(dir))
	x, y := make([]float32, m.Dim), make([]float32, m.Dim)
	if err := a.EncodeImages(picture(m, 1), 1, x); err != nil {
		t.Fatal(err)
	}
	if err := b.EncodeImages(picture(m, 1), 1, y); err != nil {
		t.Fatal(err)
	}
	for j := range x {
		if x[j] != y[j] {
			t.Fatalf("coordinate %d is %v embedded and %v on disk", j, x[j], y[j])
		}
	}
}

func TestDamagedModels(t *testing.T) {
	lib := fixture.Runtime(t)
	for name, spoil := range map[string]func(dir string) error{
		"truncated": func(dir string) error {
			return os.Truncate(filepath.Join(dir, "onnx/vision_model.onnx"), 100_000)
		},
		"no model": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "onnx/text_model.onnx"), []byte("<html>"), 0o644)
		},
		"swapped": func(dir string) error {
			return os.Rename(filepath.Join(dir, "onnx/text_model.onnx"), filepath.Join(dir, "onnx/vision_model.onnx"))
		},
	} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, tiny.Folder().FS); err != nil {
			t.Fatal(err)
		}
		if name == "swapped" {
			data, err := os.ReadFile(filepath.Join(dir, "onnx/text_model.onnx"))
			if err != nil {
				t.Fatal(err)
			}
			defer os.Remove(filepath.Join(dir, "onnx/text_model.onnx"))
			if err := spoil(dir); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "onnx/text_model.onnx"), data, 0o644); err != nil {
				t.Fatal(err)
			}
		} else if err := spoil(dir); err != nil {
			t.Fatal(err)
		}
		m, err := models.Open(models.OnDisk(dir), models.Options{})
		if err == nil {
			_, err = Open(m, Options{Library: lib})
		}
		if fault.KindOf(err) != fault.Corrupt || !strings.Contains(err.Error(), "onnx/") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNoRuntimeInTheFile(t *testing.T) {
	fixture.Runtime(t)
	m, err := models.Open(tiny.Folder(), models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "own.so")
	if err := os.WriteFile(file, []byte("no library"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(m, Options{Library: file}); fault.KindOf(err) != fault.Missing ||
		!strings.Contains(err.Error(), "no shared library") {
		t.Errorf("a text file as ONNX Runtime: %v", err)
	}
}
