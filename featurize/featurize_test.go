package featurize

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/tiny"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// fake is an encoder whose rows are simple functions of their input. It fails at image call number failAt.
type fake struct {
	dim, size int
	failAt    int64
	calls     atomic.Int64
}

func (f *fake) Traits() models.Traits { return models.Traits{Dim: f.dim, Width: f.dim} }
func (f *fake) EncodeImages(pixels []float32, n int, out []float32) error {
	if f.calls.Add(1) == f.failAt {
		return errors.New("the power went out")
	}
	per := 3 * f.size * f.size
	for i := range n {
		for j := range f.dim {
			out[i*f.dim+j] = pixels[i*per+j*97%per] + 2
		}
	}
	return nil
}
func (f *fake) EncodeText(ids []int64, lengths []int, out []float32) error {
	n := len(lengths)
	context := len(ids) / n
	for i := range n {
		for j := range f.dim {
			out[i*f.dim+j] = float32(ids[i*context+1+j%4]%13) - 5
		}
		out[i*f.dim] = 1
	}
	return nil
}
func (f *fake) Close() error { return nil }

func tinyModel(t *testing.T) *models.Model {
	t.Helper()
	m, err := models.Open(tiny.Folder(), models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// images makes a data set of n training and n test pictures a class.
func images(t *testing.T, n int) string {
	t.Helper()
	root := t.TempDir()
	for c := range 2 {
		for _, split := range []string{"train", "test"} {
			for i := range n {
				img := image.NewRGBA(image.Rect(0, 0, 5, 5))
				for k := range 25 {
					img.SetRGBA(k%5, k/5, color.RGBA{byte(17 * i), byte(90 * c), byte(k), 255})
				}
				var b bytes.Buffer
				if err := png.Encode(&b, img); err != nil {
					t.Fatal(err)
				}
				path := filepath.Join(root, split, fmt.Sprintf("kind_%d", c), fmt.Sprintf("%04d.png", i))
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return root
}

func options() Options {
	return Options{Templates: []string{"a photo of a {}."}, DType: "<f4", Batch: 7, Workers: 2, Threads: 2}
}

func run(t *testing.T, root, out string, e *fake, o Options) (*Report, error) {
	t.Helper()
	set, err := all.Folder(root, dataset.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	return Run(context.Background(), set, tinyModel(t), e, out, o)
}

func encoder(t *testing.T) *fake {
	m := tinyModel(t)
	return &fake{dim: m.Dim, size: m.Preprocess.Size}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var arrays = []string{
	"train.features.npy", "test.features.npy", "train.labels.npy", "train.files.txt", "text.features.npy",
	cache.ManifestFile,
}

// Batch size and goroutines do not show in the result, nor does an interruption.
func TestSameCacheHoweverMade(t *testing.T) {
	root := images(t, 600) // 1200 training images: two parts
	want := filepath.Join(t.TempDir(), "a")
	r, err := run(t, root, want, encoder(t), options())
	if err != nil || r.Images != 2400 {
		t.Fatalf("%+v, %v", r, err)
	}
	o := options()
	o.Batch, o.Workers, o.Threads = 64, 1, 3
	out := filepath.Join(t.TempDir(), "b")
	broken := encoder(t)
	broken.failAt = 30
	if _, err := run(t, root, out, broken, o); err == nil || !strings.Contains(err.Error(), "power") {
		t.Fatalf("the encoder's failure: %v", err)
	}
	o.Resume = true
	last := 0
	o.Observe = func(done, total int) { last = max(last, done) }
	r, err = run(t, root, out, encoder(t), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Resumed == 0 || r.Images+r.Resumed != 2400 || last != 2400 {
		t.Errorf("resumed %d, encoded %d, last progress %d", r.Resumed, r.Images, last)
	}
	for _, name := range arrays {
		if read(t, want, name) != read(t, out, name) {
			t.Errorf("%s differs", name)
		}
	}
	if _, err := run(t, root, out, encoder(t), o); !errors.Is(err, cache.ErrComplete) {
		t.Errorf("a third time: %v", err)
	}
}

func TestBadImages(t *testing.T) {
	root := images(t, 5)
	page := filepath.Join(root, "train", "kind_0", "0002.png")
	if err := os.WriteFile(page, []byte("<html>not found</html>"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "test", "kind_1", "0004.png"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "c")
	_, err := run(t, root, out, encoder(t), options())
	if fault.KindOf(err) != fault.Corrupt || !strings.Contains(err.Error(), "kind_") ||
		!strings.Contains(err.Error(), "--on-error skip") {
		t.Errorf("fail: %v", err)
	}
	o := options()
	o.Skip, o.Resume = true, true
	if _, err := run(t, root, out, encoder(t), o); err != nil {
		t.Fatal(err)
	}
	c, err := cache.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, err := c.Split("train")
	if err != nil {
		t.Fatal(err)
	}
	files, err := s.Files()
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != 9 || slices.Contains(files, "train/kind_0/0002.png") || len(s.Info().Skipped) != 1 ||
		!strings.Contains(s.Info().Skipped[0].Reason, "web page") {
		t.Errorf("%d rows, files %q, skipped %+v", s.Len(), files, s.Info().Skipped)
	}
	// A picture's row is the same as in a set without the bad one: rows did not shift.
	if err := os.Remove(page); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(root, "test", "kind_1", "0004.png")); err != nil {
		t.Fatal(err)
	}
	clean := filepath.Join(t.TempDir(), "d")
	if _, err := run(t, root, clean, encoder(t), options()); err != nil {
		t.Fatal(err)
	}
	if read(t, clean, "train.features.npy") != read(t, out, "train.features.npy") ||
		read(t, clean, "test.labels.npy") != read(t, out, "test.labels.npy") {
		t.Error("rows shifted")
	}
}

func TestTemplates(t *testing.T) {
	root := images(t, 1)
	o := options()
	o.Templates = []string{"a photo of a {}.", "a " + strings.Repeat("very, ", 11) + "very long text about one {}."}
	out := filepath.Join(t.TempDir(), "c")
	r, err := run(t, root, out, encoder(t), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Truncated) != 2 {
		t.Errorf("cut: %q", r.Truncated)
	}
	c, err := cache.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if n := f32.Norm(c.Text.Row(1)); math.Abs(n-1) > 1e-6 {
		t.Errorf("length %v", n)
	}
	for _, bad := range [][]string{nil, {"no place"}, {"{} and {}"}} {
		o.Templates = bad
		if _, err := run(t, root, filepath.Join(t.TempDir(), "x"), encoder(t), o); fault.KindOf(err) != fault.Usage {
			t.Errorf("templates %q: %v", bad, err)
		}
	}
}

// A file that vanishes while others are embedded ends the work with its name; finished parts stay. Put back, or
// skipped, the work goes on.
func TestVanishingFile(t *testing.T) {
	root := images(t, 1100) // 2200 training images: three parts
	victim := filepath.Join(root, "train", "kind_1", "1099.png")
	data, err := os.ReadFile(victim)
	if err != nil {
		t.Fatal(err)
	}
	set, err := all.Folder(root, dataset.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if err := os.Remove(victim); err != nil { // after the list was made
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "c")
	o := options()
	_, err = Run(context.Background(), set, tinyModel(t), encoder(t), out, o)
	if fault.KindOf(err) != fault.Missing || !strings.Contains(err.Error(), "kind_1/1099.png") {
		t.Errorf("vanished: %v", err)
	}
	skipping := filepath.Join(t.TempDir(), "skipping")
	o.Skip = true
	if _, err := Run(context.Background(), set, tinyModel(t), encoder(t), skipping, o); err != nil {
		t.Fatal(err)
	}
	c, err := cache.Open(skipping)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if s := c.Manifest.Splits[0]; s.Rows != 2199 || len(s.Skipped) != 1 ||
		!strings.Contains(s.Skipped[0].File, "1099.png") {
		t.Errorf("%d rows, skipped %v", s.Rows, s.Skipped)
	}
	if err := os.WriteFile(victim, data, 0o644); err != nil {
		t.Fatal(err)
	}
	o.Skip, o.Resume = false, true
	r, err := Run(context.Background(), set, tinyModel(t), encoder(t), out, o)
	if err != nil || r.Resumed == 0 {
		t.Errorf("put back: resumed %+v, %v", r, err)
	}
}

// flaky is a set whose disk does not answer for one image.
type flaky struct {
	dataset.Source
	name string
}

func (f flaky) Read(it dataset.Item) ([]byte, error) {
	if it.Name == f.name {
		return nil, errors.New("the disk does not answer")
	}
	return f.Source.Read(it)
}

// A good image is never left out because the system failed.
func TestFailuresAreNotSkipped(t *testing.T) {
	root := images(t, 5)
	set, err := all.Folder(root, dataset.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	o, out := options(), filepath.Join(t.TempDir(), "c")
	o.Skip, o.Workers = true, 1 // one, so that the test images are not done before the training images fail
	failing := flaky{set, "train/kind_1/0003.png"}
	_, err = Run(context.Background(), failing, tinyModel(t), encoder(t), out, o)
	if fault.KindOf(err) != fault.Failure || !strings.Contains(err.Error(), "--resume") {
		t.Errorf("%v", err)
	}
	// Images that were skipped are tried again when work goes on without skipping.
	page := filepath.Join(root, "train", "kind_0", "0002.png")
	good, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(page, []byte("<html>"), 0o644); err != nil {
		t.Fatal(err)
	}
	o.Resume = true
	e := encoder(t)
	e.failAt = 3 // after the training images
	if _, err := Run(context.Background(), set, tinyModel(t), e, out, o); err == nil {
		t.Fatal("the encoder does not fail")
	}
	if err := os.WriteFile(page, good, 0o644); err != nil {
		t.Fatal(err)
	}
	o.Skip = false
	r, err := Run(context.Background(), set, tinyModel(t), encoder(t), out, o)
	if err != nil {
		t.Fatal(err)
	}
	if s := r.Manifest.Splits[0]; s.Rows != 10 || len(s.Skipped) != 0 {
		t.Errorf("%d rows, skipped %v", s.Rows, s.Skipped)
	}
}
