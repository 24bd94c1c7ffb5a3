package jpeg

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	goimage "image/jpeg"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/tools/fixture"
)

type expectation struct {
	Width, Height int
	SHA256        string
}

func expectations(t testing.TB) map[string]expectation {
	t.Helper()
	var m map[string]expectation
	if err := json.Unmarshal(read(t, "pillow.json"), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestPillowsPixels(t *testing.T) {
	expected := expectations(t)
	for round := range 2 { // the second with the memory of the first
		for name, want := range expected {
			data := read(t, name)
			w, h, rgb, err := Decode(data)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if sum := sha256.Sum256(rgb); w != want.Width || h != want.Height ||
				hex.EncodeToString(sum[:]) != want.SHA256 {
				t.Errorf("round %d: %s differs from what Pillow decodes", round, name)
			}
			if w, h, err := Size(data); w != want.Width || h != want.Height || err != nil {
				t.Errorf("%s: size %d×%d (%v)", name, w, h, err)
			}
		}
	}
	if n := len(expected); n < 50 {
		t.Errorf("%d pictures", n)
	}
}

// reference is what image/jpeg decodes, in RGB. It repeats chroma.
func reference(data []byte) (w, h int, rgb []byte, err error) {
	img, err := goimage.Decode(bytes.NewReader(data))
	if err != nil {
		return 0, 0, nil, err
	}
	w, h = img.Bounds().Dx(), img.Bounds().Dy()
	rgb = make([]byte, 0, 3*w*h)
	for y := range h {
		for x := range w {
			switch m := img.(type) {
			case *image.YCbCr:
				i := m.COffset(x, y)
				r, g, b := color.YCbCrToRGB(m.Y[m.YOffset(x, y)], m.Cb[i], m.Cr[i])
				rgb = append(rgb, r, g, b)
			default:
				r, g, b, _ := img.At(x, y).RGBA()
				rgb = append(rgb, byte(r>>8), byte(g>>8), byte(b>>8))
			}
		}
	}
	return w, h, rgb, nil
}

// meanDifference is how far two pictures are apart in levels.
func meanDifference(a, b []byte) float64 {
	sum := 0
	for i := range a {
		sum += max(int(a[i])-int(b[i]), int(b[i])-int(a[i]))
	}
	return float64(sum) / float64(len(a))
}

func TestPhotographs(t *testing.T) {
	n := 0
	err := filepath.WalkDir(fixture.Path(t, "data/photos"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".jpg") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		w, h, rgb, err := Decode(data)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		rw, rh, want, err := reference(data)
		if err != nil || w != rw || h != rh {
			t.Errorf("%s is %d×%d; image/jpeg: %d×%d, %v", path, w, h, rw, rh, err)
			return nil
		}
		if d := meanDifference(rgb, want); d > 1.5 {
			t.Errorf("%s is %.2f levels from what image/jpeg decodes", path, d)
		}
		n++
		return nil
	})
	if err != nil || n == 0 {
		t.Errorf("%d photographs: %v", n, err)
	}
}

func TestKindsLeftToOthers(t *testing.T) {
	sof := bytes.Index(read(t, "baseline-444.jpg"), []byte{0xff, markerSOF0})
	change := func(at int, to byte) []byte {
		data := read(t, "baseline-444.jpg")
		data[sof+at] = to
		return data
	}
	for what, data := range map[string][]byte{
		"four components": read(t, "cmyk.jpg"),
		"arithmetic":      change(1, 0xc9),
		"lossless":        change(1, 0xc3),
		"hierarchical":    change(1, 0xc5),
		"12 bits":         change(4, 12),
		"DNL":             append(change(5, 0)[:sof+6], append([]byte{0}, change(5, 0)[sof+7:]...)...),
		"3:2":             append(change(11, 0x31)[:sof+14], append([]byte{0x21}, change(0, 0)[sof+15:]...)...),
	} {
		if _, _, _, err := Decode(data); !errors.Is(err, ErrUnsupported) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", what, err)
		}
		if w, h, err := Size(data); w < 1 || h < 0 || err != nil {
			t.Errorf("%s: size %d×%d, %v", what, w, h, err)
		}
	}
}
