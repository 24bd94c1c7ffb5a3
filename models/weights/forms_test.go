package weights_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/onnx"
	"github.com/fedpurel/fedpurel/models/weights"
	"github.com/fedpurel/fedpurel/tools/fixture"
	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
)

// form is a small CLIP as an exporter writes it, with ONNX Runtime's embeddings; testdata/forms.py makes them.
type form struct {
	Texts  [][]int
	Text   [][]float32 `json:"text_embeds"`
	Images int
	Image  [][]float32 `json:"image_embeds"`
	model  *models.Model
	tight  float64 // how far apart unit embeddings may be
}

// forms are those in testdata, and those in the folder that FEDPUREL_FORMS names.
func forms(t *testing.T, f func(t *testing.T, form form)) {
	t.Helper()
	dirs, _ := filepath.Glob("testdata/*/expected.json") // the pattern is well formed
	more, _ := filepath.Glob(filepath.Join(os.Getenv("FEDPUREL_FORMS"), "*/expected.json"))
	if os.Getenv("FEDPUREL_FORMS") != "" {
		dirs = append(dirs, more...)
	}
	if len(dirs) < 7 {
		t.Fatalf("only %d forms", len(dirs))
	}
	for _, path := range dirs {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			data, err := os.ReadFile(path)
			x := form{tight: 1e-5}
			if err == nil {
				err = json.Unmarshal(data, &x)
			}
			if err == nil {
				x.model, err = models.Open(models.OnDisk(dir), models.Options{})
			}
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(dir, "half") { // ONNX Runtime computes in float16
				x.tight = 1e-2
			}
			f(t, x)
		})
	}
}

// near fails unless rows point where they should.
func (x form) near(t *testing.T, what string, got f32.Matrix, want [][]float32) {
	t.Helper()
	if got.Rows != len(want) {
		t.Fatalf("%d rows, want %d", got.Rows, len(want))
	}
	for i, row := range want {
		f32.Normalize(got.Row(i), got.Row(i))
		f32.Normalize(row, row)
		if far := f32.Distance(got.Row(i), row); !(far <= x.tight) {
			t.Errorf("%s %d: %v apart", what, i, far)
		}
	}
}

func TestForms(t *testing.T) {
	forms(t, func(t *testing.T, x form) {
		text, err := weights.Text(x.model)
		if err != nil {
			t.Fatal(err)
		}
		tower := encoder.NewText(text)
		pass := tower.Prompts(encoder.Work{}, x.Texts, 0).Forward(encoder.Work{}, f32.New(0, tower.Width()))
		x.near(t, "text", pass.Features, x.Text)
		for blocks := 1; blocks <= 2; blocks++ {
			x.tapped(t, blocks)
		}
	})
}

// tapped compares the last blocks with the embeddings, from what ONNX Runtime gives before them.
func (x form) tapped(t *testing.T, blocks int) {
	t.Helper()
	image, err := weights.Vision(x.model, blocks)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := onnx.Open(x.model, onnx.Options{
		Library: fixture.Runtime(t), Threads: 1, Tap: image.Tap.Value, TokensFirst: image.Tap.TokensFirst,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	e := opened.(models.TokenEncoder)
	length, width := e.Tokens()
	if image.Length != length || image.Width != width || image.All != 2 {
		t.Errorf("%d tokens of %d; found %d of %d, %d blocks", length, width, image.Length, image.Width, image.All)
	}
	out, states := f32.New(x.Images, e.Traits().Dim), f32.New(x.Images*length, width)
	if err := e.EncodeTokens(pixels(x.Images, x.model.Preprocess.Size), x.Images, out.Data, states.Data); err != nil {
		t.Fatal(err)
	}
	x.near(t, "tapped image", out, x.Image)
	x.near(t, "image", through(encoder.NewVision(image.VisionWeights), states, length), x.Image)
}
