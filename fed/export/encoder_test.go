//go:build cgo

package export

import (
	"context"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/modelstest"
	"github.com/fedpurel/fedpurel/models/onnx"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// miniature is an encoder on disk.
func miniature(t *testing.T, c modelstest.Case, o models.Options) *models.Model {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, c.FS); err != nil {
		t.Fatal(err)
	}
	o.Preprocess, o.Variant, o.NoText = c.Preset, c.Variant, true
	m, err := models.Open(models.OnDisk(dir), o)
	if err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	return m
}

// trained is a model on the features of an encoder.
func trained(t *testing.T, m *models.Model, module string) *lab.Model {
	t.Helper()
	rng := rand.New(rand.NewPCG(8, 9))
	e, err := peft.Find(module)
	if err != nil {
		t.Fatal(err)
	}
	out := &lab.Model{Head: frozen(rng, e.Projects), Projects: e.Projects, Card: card(module)}
	out.Module = e.New(out.Head, e.Options)
	phi := make([]float32, out.Module.Layout().Size())
	out.Module.Init(phi, rng)
	for i := range phi {
		phi[i] += float32(0.2 * rng.NormFloat64())
	}
	out.Parts = []lab.Part{{Weight: 1, Phi: phi}}
	if out.Card.Encoder.Files, err = m.Hash(context.Background()); err != nil {
		t.Fatal(err)
	}
	return out
}

// whole compares what a file with encoder and head gives for pictures with what encoder and model do one after the
// other.
func whole(t *testing.T, o onnx.Options, m *models.Model, model *lab.Model, tolerance float64) *session {
	t.Helper()
	dir, c := write(t, model, Options{Encoder: m})
	e, err := onnx.Open(m, o)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	n := 5
	if b := m.Vision.Batch(); b > 0 {
		n = b
	}
	edge := m.Preprocess.Size
	pixels := random(rand.New(rand.NewPCG(1, 2)), n, 3*edge*edge)
	x := f32.New(n, e.Traits().Width)
	if err := e.EncodeImages(pixels.Data, n, x.Data); err != nil {
		t.Fatal(err)
	}
	if e.Traits().Single {
		n = 1
	}
	x.Rows, x.Data = n, x.Data[:n*x.Cols]
	s := open(t, dir, c.Input)
	logits, chances := s.run(pixels.Data[:n*3*edge*edge], int64(n), 3, int64(edge), int64(edge))
	alikeWithin(t, tolerance, logits, chances, model.Logits(nil, x))
	return s
}

// The image tower of every published layout, with a head behind it, gives for pictures what both do one by one.
func TestWithEncoder(t *testing.T) {
	o := runtime(t)
	for _, c := range modelstest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			m := miniature(t, c, models.Options{})
			tolerance := 1e-4
			if c.Spec.Floats == modelstest.Float16 {
				tolerance = 1e-2 // of what the encoder's own rounding makes of different order
			}
			if len(m.Vision.Extra) > 0 {
				_, err := Write(context.Background(), t.TempDir(), trained(t, m, "lora"), Options{Encoder: m})
				if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "in a file of its own") {
					t.Error(err)
				}
				return
			}
			whole(t, o, m, trained(t, m, "lora"), tolerance)
		})
	}
}

// So it does before the projection.
func TestWithEncoderBeforeProjection(t *testing.T) {
	o, s := runtime(t), modelstest.Default()
	s.Pooled = true
	c := modelstest.Cases()[0]
	c.FS["onnx/vision_model.onnx"].Data, _ = s.Vision()
	c.FS["visual_projection.npy"] = c.FS["merges.txt"]
	m := miniature(t, c, models.Options{PreProjection: true})
	whole(t, o, m, trained(t, m, "projection"), 1e-4)
}

// An encoder that is not the run's is refused, and one that is not known.
func TestOtherEncoder(t *testing.T) {
	m := miniature(t, modelstest.Cases()[0], models.Options{})
	for _, c := range []struct {
		change  func(*lab.Model)
		formats []string
		kind    fault.Kind
		say     string
	}{
		{func(m *lab.Model) { m.Card.Encoder.Files["onnx/vision_model.onnx"] = "12" }, nil, fault.Mismatch,
			"come from miniature, and not from onnx/vision_model.onnx of"},
		{func(m *lab.Model) { m.Card.Encoder.Files = nil }, nil, fault.Mismatch, "come from miniature"},
		{func(m *lab.Model) { m.Card.Encoder = nil }, nil, fault.Usage, "export without --with-encoder"},
		{func(*lab.Model) {}, []string{"npy"}, fault.Usage, "ONNX file, which is not asked for"},
	} {
		model := trained(t, m, "lora")
		c.change(model)
		dir := t.TempDir()
		_, err := Write(context.Background(), dir, model, Options{Encoder: m, Formats: c.formats})
		if fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%v, want %s", err, c.say)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("a refused export leaves %v", left)
		}
	}
}
