package pixel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/fault"
)

// TestAgainstPillow compares files of testdata with what Pillow decodes from them, kept beside them as PNG. Lossy
// WebP, and JPEG of four colours, may differ by the rounding of the inverse transform; nothing else may differ.
func TestAgainstPillow(t *testing.T) {
	references, err := filepath.Glob("testdata/*.*.png")
	references = slices.DeleteFunc(references, func(name string) bool { return strings.Contains(name, "turned-") })
	if err != nil || len(references) < 23 {
		t.Fatalf("%d references: %v", len(references), err)
	}
	for _, reference := range references {
		name := strings.TrimSuffix(reference, ".png")
		got, want := decoded(t, name), decoded(t, reference)
		if got.W != want.W || got.H != want.H {
			t.Errorf("%s: %d×%d pixels, want %d×%d", name, got.W, got.H, want.W, want.H)
			continue
		}
		lossy := strings.HasSuffix(name, "cmyk.jpg") ||
			strings.HasSuffix(name, ".webp") && !strings.Contains(name, "lossless") && !strings.Contains(name, "offset")
		if mean, worst := apart(got, want); mean > 0.4 || worst > 4 || !lossy && worst > 0 {
			t.Errorf("%s: differs from Pillow by %.3f levels on average, %.0f at most", name, mean, worst)
		}
	}
}

// apart is the mean and the greatest difference, in levels.
func apart(a, b *RGB) (mean, worst float64) {
	for i, v := range a.Pix {
		d := dist(v, b.Pix[i])
		mean, worst = mean+d/float64(len(a.Pix)), max(worst, d)
	}
	return mean, worst
}

func decoded(t *testing.T, name string) *RGB {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Decode(data)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return m
}

// Orientation tags are followed on demand only, in every format that carries them, as Pillow's exif_transpose
// follows them.
func TestOrientation(t *testing.T) {
	for tag := 1; tag <= 8; tag++ {
		name := fmt.Sprintf("testdata/turned-%d.jpg", tag)
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := orientation(data); got != tag {
			t.Errorf("%s: tag %d", name, got)
		}
		asks := clip(8, "hf")
		asks.Orient = true
		m, err := recipe(t, asks).Decode(data)
		want := decoded(t, name+".png")
		if err != nil || m.W != want.W || m.H != want.H {
			t.Fatalf("%s: %v", name, err)
		}
		if mean, worst := apart(m, want); worst > 0 {
			t.Errorf("%s: differs from Pillow by %.3f levels on average, %.0f at most", name, mean, worst)
		}
		if m, err = recipe(t, clip(8, "hf")).Decode(data); err != nil || m.W != 24 || m.H != 16 {
			t.Errorf("%s was turned without being asked", name)
		}
	}
	for _, name := range []string{"turned.png.exif", "turned.webp.exif", "turned.tiff.exif"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil || orientation(data) != 6 {
			t.Errorf("%s: tag %d, %v", name, orientation(data), err)
		}
		for n := range data {
			orientation(data[:n])
		}
	}
}

// TestTensorResize compares with PyTorch on FedPuReL's preprocessing of CIFAR.
func TestTensorResize(t *testing.T) {
	data, err := os.ReadFile("testdata/tensor.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		File  string
		Size  int
		At    []int
		Value []float64
	}
	if err := json.Unmarshal(data, &cases); err != nil || len(cases) < 4 {
		t.Fatal(len(cases), err)
	}
	for _, c := range cases {
		p, err := models.Preset("cifar-released", c.Size, "hf")
		if err != nil {
			t.Fatal(err)
		}
		out := make([]float32, 3*c.Size*c.Size)
		recipe(t, p).Apply(decoded(t, "testdata/"+c.File), out)
		for k, at := range c.At {
			if d := math.Abs(float64(out[at]) - c.Value[k]); d > 2e-6 {
				t.Errorf("%s to %d: value %d is %v, want %v", c.File, c.Size, at, out[at], c.Value[k])
				break
			}
		}
	}
}

// Files of every format, cut off anywhere, are refused or, where only the trailer is gone, decoded; with bytes changed
// anything may come out, but nothing panics, and every error has one line.
func TestCutAndDamagedFiles(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.*")
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".png") && !strings.HasSuffix(name, "420.jpg.png") {
			continue // one PNG is enough
		}
		for n := range len(data) {
			_, err := Decode(data[:n])
			if n < len(data)*3/4 && err == nil {
				t.Errorf("%s cut to %d of %d bytes is accepted", name, n, len(data))
			}
			check(t, err)
			if n%3 == 0 && n > 40 { // sparing the sizes, which come first
				damaged := bytes.Clone(data)
				damaged[n] ^= byte(1 + n%255)
				_, err := Decode(damaged)
				check(t, err)
			}
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if say := err.Error(); fault.KindOf(err) != fault.Corrupt || strings.ContainsAny(say, "\r\n") || len(say) > 200 {
		t.Errorf("%q", err)
	}
}

// A decoder that panics gives an error.
func TestDecoderPanics(t *testing.T) {
	defer func(old []format) { formats = old }(formats)
	formats = []format{{"Bad", "B", nil, nil}}
	if _, err := Decode([]byte("B")); err == nil || fault.KindOf(err) != fault.Corrupt {
		t.Errorf("got %v", err)
	}
}

func TestNewRecipeRefuses(t *testing.T) {
	for what, change := range map[string]func(p *Recipe){
		"interpolation": func(p *Recipe) { p.p.Interpolation = "lanczos" },
		"crop rule":     func(p *Recipe) { p.p.CropRule = "" },
		"resize":        func(p *Recipe) { p.p.Resize = "longest" },
		"crop":          func(p *Recipe) { p.p.ResizeTo = 7 },
		"size":          func(p *Recipe) { p.p.Size = 0 },
		"tensor":        func(p *Recipe) { p.p.Interpolation = "tensor-bilinear" },
		"deviation":     func(p *Recipe) { p.p.Std[1] = 0 },
	} {
		p := &Recipe{p: clip(8, "hf")}
		change(p)
		if _, err := NewRecipe(p.p); fault.KindOf(err) != fault.Usage || errors.Unwrap(err) == nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Every shape of picture gives a full square: smaller than the crop, one pixel, and so long that the whole resized
// picture would not fit into memory.
func TestExtremeShapes(t *testing.T) {
	for _, resize := range []string{"shortest", "squash"} {
		for _, s := range [][2]int{{1, 1}, {2, 3}, {5, 5}, {1, 100_000}, {3_000_000, 1}} {
			q := clip(32, "torchvision")
			q.Resize, q.ResizeTo, q.Mean, q.Std = resize, 37, [3]float32{}, [3]float32{1, 1, 1}
			img := &RGB{s[0], s[1], bytes.Repeat([]byte{255}, 3*s[0]*s[1])}
			out := make([]float32, 3*32*32)
			recipe(t, q).Apply(img, out)
			for i, v := range out {
				if v != 1 {
					t.Fatalf("%v, %s: a white picture has %v at %d", s, resize, v, i)
				}
			}
		}
	}
}
