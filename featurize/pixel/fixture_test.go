package pixel

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"image"
	"image/color"
	"math"
	"os"
	"testing"

	"github.com/disintegration/imaging"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/tools/fixture"
)

// formula is the test picture of the reference data.
func formula(w, h int) *RGB {
	m := &RGB{w, h, make([]byte, 3*w*h)}
	for y := range h {
		for x := range w {
			m.set(x, y, byte(7*x+3*y+x*y/5), byte(x*x/11+13*y), byte(5*(x^y)+17))
		}
	}
	return m
}

func clip(size int, rule string) models.Preprocess {
	return models.Preprocess{
		Size: size, Resize: "shortest", ResizeTo: size, Interpolation: "bicubic", CropRule: rule,
		Mean: [3]float32{0.48145466, 0.4578275, 0.40821073}, Std: [3]float32{0.26862954, 0.26130258, 0.27577711},
	}
}

func recipe(t testing.TB, p models.Preprocess) *Recipe {
	t.Helper()
	made, err := NewRecipe(p)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// TestReference compares bytes with Pillow's and torchvision's, by hash.
func TestReference(t *testing.T) {
	data, err := os.ReadFile(fixture.Path(t, "data/clip/clip_pixels.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			W, H, Size  int
			Resized     [2]int
			Whole       string     `json:"sha256_resized_rgb"`
			TorchVision string     `json:"sha256_crop_torchvision"`
			HF          string     `json:"sha256_crop_hf"`
			NormMid     [3]float64 `json:"norm_mid"`
			NormMean    float64    `json:"norm_mean"`
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	sum := func(m *RGB) string { s := sha256.Sum256(m.Pix); return hex.EncodeToString(s[:]) }
	for _, c := range file.Cases {
		img, p := formula(c.W, c.H), recipe(t, clip(c.Size, "torchvision"))
		w, h := p.target(c.W, c.H)
		if c.Resized != [2]int{w, h} {
			t.Errorf("%d×%d to %d: resized to %d×%d, want %v", c.W, c.H, c.Size, w, h, c.Resized)
			continue
		}
		if got := sum(resize(img, bicubic, w, h, window{0, 0, w, h})); got != c.Whole {
			t.Errorf("%d×%d to %d: the resized picture differs", c.W, c.H, c.Size)
		}
		if got := sum(p.cut(img)); got != c.TorchVision {
			t.Errorf("%d×%d to %d: torchvision's crop differs", c.W, c.H, c.Size)
		}
		if got := sum(recipe(t, clip(c.Size, "hf")).cut(img)); got != c.HF {
			t.Errorf("%d×%d to %d: Hugging Face's crop differs", c.W, c.H, c.Size)
		}
		out := make([]float32, 3*c.Size*c.Size)
		p.Apply(img, out)
		var mean float64
		for _, v := range out {
			mean += float64(v) / float64(len(out))
		}
		if math.Abs(mean-c.NormMean) > 1e-5 {
			t.Errorf("%d×%d to %d: mean %v, want %v", c.W, c.H, c.Size, mean, c.NormMean)
		}
		for ch, want := range c.NormMid {
			if got := out[ch*c.Size*c.Size+c.Size/2*c.Size+c.Size/2]; math.Abs(float64(got)-want) > 1e-6 {
				t.Errorf("%d×%d to %d: middle pixel channel %d is %v, want %v", c.W, c.H, c.Size, ch, got, want)
			}
		}
	}
	if len(file.Cases) < 10 {
		t.Errorf("only %d cases", len(file.Cases))
	}
}

func toImage(m *RGB) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, m.W, m.H))
	for y := range m.H {
		for x := range m.W {
			i := 3 * (y*m.W + x)
			img.SetNRGBA(x, y, color.NRGBA{m.Pix[i], m.Pix[i+1], m.Pix[i+2], 255})
		}
	}
	return img
}

// An independent implementation of the same filter agrees within one level.
func TestAgainstImaging(t *testing.T) {
	for _, s := range [][4]int{{100, 75, 64, 48}, {33, 80, 97, 31}, {20, 20, 64, 64}, {64, 64, 64, 20}} {
		img := formula(s[0], s[1])
		got := resize(img, bicubic, s[2], s[3], window{0, 0, s[2], s[3]})
		want := imaging.Resize(toImage(img), s[2], s[3], imaging.CatmullRom)
		for y := range s[3] {
			for x := range s[2] {
				w := want.NRGBAAt(x, y)
				for c, v := range []byte{w.R, w.G, w.B} {
					if d := int(got.Pix[3*(y*s[2]+x)+c]) - int(v); d < -1 || d > 1 {
						t.Fatalf("%v: pixel %d,%d channel %d is %d levels off", s, x, y, c, d)
					}
				}
			}
		}
	}
}

func TestWindowIsPartOfTheWhole(t *testing.T) {
	img := formula(90, 71)
	for _, k := range []kernel{bicubic, bilinear} {
		whole := resize(img, k, 50, 40, window{0, 0, 50, 40})
		part := resize(img, k, 50, 40, window{7, 3, 31, 29})
		for y := range 29 {
			for x := range 31 {
				for c := range 3 {
					if part.Pix[3*(y*31+x)+c] != whole.Pix[3*((y+3)*50+x+7)+c] {
						t.Fatalf("pixel %d,%d of the window differs from the whole", x, y)
					}
				}
			}
		}
	}
}

func BenchmarkApply(b *testing.B) {
	img := formula(500, 375)
	b.Run("ours", func(b *testing.B) {
		p, out := recipe(b, clip(224, "hf")), make([]float32, 3*224*224)
		for b.Loop() {
			p.Apply(img, out)
		}
	})
	b.Run("32×32 to 64", func(b *testing.B) {
		small, p, out := formula(32, 32), recipe(b, clip(64, "hf")), make([]float32, 3*64*64)
		for b.Loop() {
			p.Apply(small, out)
		}
	})
	b.Run("imaging", func(b *testing.B) { // the same work, by the library
		m := toImage(img)
		for b.Loop() {
			imaging.CropCenter(imaging.Resize(m, 298, 224, imaging.CatmullRom), 224, 224)
		}
	})
}
