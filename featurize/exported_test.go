//go:build cgo

package featurize

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/pixel"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/onnx"
	"github.com/fedpurel/fedpurel/tools/fixture"
	"github.com/fedpurel/fedpurel/train/npy"
)

// TestExported runs a miniature that tools/export_clip.py made, from files of pictures and from texts, and compares
// with what PyTorch gave (tools/reference/miniature.py): embeddings, features before the projection, token ids.
func TestExported(t *testing.T) {
	var want struct {
		LogitScale float64 `json:"logit_scale"`
		Pictures   []struct {
			File               string
			Embedding, Feature []float32
		}
		Prompts []struct {
			Text      string
			IDs       []int64
			Embedding []float32
		}
	}
	data, err := os.ReadFile("testdata/exported/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	for _, before := range []bool{false, true} {
		m, err := models.Open(models.OnDisk("testdata/exported/model"), models.Options{PreProjection: before})
		if err != nil {
			t.Fatal(err)
		}
		if m.LogitScale != want.LogitScale || m.Preprocess.CropRule != "torchvision" || m.Dim != 32 || m.Context != 24 {
			t.Errorf("%+v", m)
		}
		e, err := onnx.Open(m, onnx.Options{Library: fixture.Runtime(t), Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		view, err := pixel.NewRecipe(m.Preprocess)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range want.Pictures {
			file, err := os.ReadFile(filepath.FromSlash(p.File))
			if err != nil {
				t.Fatal(err)
			}
			img, err := view.Decode(file)
			if err != nil {
				t.Fatal(err)
			}
			pixels, out := make([]float32, 3*32*32), make([]float32, e.Traits().Width)
			view.Apply(img, pixels)
			if err := e.EncodeImages(pixels, 1, out); err != nil {
				t.Fatal(err)
			}
			expected := p.Embedding
			if before {
				expected = p.Feature
			}
			if apart(out, expected) > 1e-5 {
				t.Errorf("%s (before the projection: %v) differs by %g from PyTorch",
					p.File, before, apart(out, expected))
			}
		}
		if before {
			projected(t, want.Pictures[0].Feature, want.Pictures[0].Embedding)
			continue
		}
		tokens, _, err := loadTokenizer(m, "hf")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range want.Prompts {
			ids, length, _, err := tokens.Encode(p.Text, m.Context)
			if err != nil || !slices.Equal(ids, p.IDs) {
				t.Errorf("%q: ids %v, want %v (%v)", p.Text, ids, p.IDs, err)
			}
			out := make([]float32, m.Dim)
			if err := e.EncodeText(ids, []int{length}, out); err != nil {
				t.Fatal(err)
			}
			if d := apart(out, p.Embedding); d > 1e-5 {
				t.Errorf("%q differs by %g from PyTorch", p.Text, d)
			}
		}
	}
}

// projected checks that the stored matrix leads from a feature to its embedding.
func projected(t *testing.T, feature, embedding []float32) {
	t.Helper()
	a, err := npy.Open("testdata/exported/model/visual_projection.npy")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	matrix, err := a.Float32s()
	if err != nil || !slices.Equal(a.Shape, []int{len(embedding), len(feature)}) {
		t.Fatalf("the projection is %v: %v", a.Shape, err)
	}
	out := make([]float32, len(embedding))
	for d := range out {
		for e, v := range feature {
			out[d] += v * matrix[d*len(feature)+e]
		}
	}
	if apart(out, embedding) > 1e-5 {
		t.Errorf("the matrix gives another embedding, %g apart", apart(out, embedding))
	}
}

// apart is the length of the difference, relative to that of want.
func apart(got, want []float32) float64 {
	var d, n float64
	for i, w := range want {
		d += float64(got[i]-w) * float64(got[i]-w)
		n += float64(w) * float64(w)
	}
	return math.Sqrt(d / n)
}
