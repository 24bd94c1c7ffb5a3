package pixel

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/fedpurel/fedpurel/train/fault"
)

func encode(t testing.TB, f func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, m image.Image) []byte {
	return encode(t, func(b *bytes.Buffer) error { return png.Encode(b, m) })
}

func TestLosslessFormats(t *testing.T) {
	want := formula(40, 25)
	img := toImage(want)
	for name, data := range map[string][]byte{
		"png":  pngOf(t, img),
		"bmp":  encode(t, func(b *bytes.Buffer) error { return bmp.Encode(b, img) }),
		"tiff": encode(t, func(b *bytes.Buffer) error { return tiff.Encode(b, img, nil) }),
	} {
		got, err := Decode(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got.W != 40 || got.H != 25 || !bytes.Equal(got.Pix, want.Pix) {
			t.Errorf("%s: pixels differ", name)
		}
	}
}

func TestOddColours(t *testing.T) {
	pixel := func(data []byte) [3]byte {
		m, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		return [3]byte(m.Pix[:3])
	}
	transparent := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	transparent.SetNRGBA(0, 0, color.NRGBA{200, 100, 50, 0})
	transparent.SetNRGBA(1, 0, color.NRGBA{1, 2, 3, 128})
	if got := pixel(pngOf(t, transparent)); got != [3]byte{200, 100, 50} {
		t.Errorf("transparent pixel became %v", got)
	}
	deep := image.NewNRGBA64(image.Rect(0, 0, 1, 1))
	deep.SetNRGBA64(0, 0, color.NRGBA64{0x1234, 0xabcd, 0x00ff, 0x8000})
	if got := pixel(pngOf(t, deep)); got != [3]byte{0x12, 0xab, 0x00} {
		t.Errorf("16-bit pixel became %v", got)
	}
	grey := image.NewGray(image.Rect(0, 0, 3, 3))
	grey.Pix[0] = 77
	if got := pixel(pngOf(t, grey)); got != [3]byte{77, 77, 77} {
		t.Errorf("grey pixel became %v", got)
	}
	deepGrey := image.NewGray16(image.Rect(0, 0, 1, 1))
	deepGrey.SetGray16(0, 0, color.Gray16{0x4567})
	if got := pixel(pngOf(t, deepGrey)); got != [3]byte{0x45, 0x45, 0x45} {
		t.Errorf("16-bit grey pixel became %v", got)
	}
	palette := image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.NRGBA{9, 8, 7, 255}})
	if got := pixel(pngOf(t, palette)); got != [3]byte{9, 8, 7} {
		t.Errorf("palette pixel became %v", got)
	}
	colours := color.Palette{color.RGBA{1, 2, 3, 255}, color.RGBA{255, 0, 0, 255}}
	frame := image.NewPaletted(image.Rect(1, 1, 3, 3), colours)
	for i := range frame.Pix {
		frame.Pix[i] = 1
	}
	animated := encode(t, func(b *bytes.Buffer) error {
		return gif.EncodeAll(b, &gif.GIF{
			Image:  []*image.Paletted{frame},
			Delay:  []int{0},
			Config: image.Config{Width: 5, Height: 4, ColorModel: frame.Palette},
		})
	})
	m, err := Decode(animated)
	if err != nil || m.W != 5 || m.H != 4 {
		t.Fatalf("GIF on a larger canvas: %v, %v", m, err)
	}
	if i := 3 * (1*5 + 1); [3]byte(m.Pix[i:]) != [3]byte{255, 0, 0} || [3]byte(m.Pix) != [3]byte{1, 2, 3} {
		t.Error("the frame is not in its place")
	}
}

// A JPEG with halved chroma stays near the picture; with repeated chroma it would not.
func TestChromaIsInterpolated(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for y := range 64 {
		for x := range 64 {
			img.SetNRGBA(x, y, color.NRGBA{byte(4 * x), 128, byte(4 * y), 255})
		}
	}
	data := encode(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, img, &jpeg.Options{Quality: 100}) })
	m, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	var ours, repeated float64
	plain, _ := jpeg.Decode(bytes.NewReader(data))
	for y := range 64 {
		for x := range 64 {
			c := img.NRGBAAt(x, y)
			r, _, b, _ := plain.At(x, y).RGBA()
			i := 3 * (y*64 + x)
			ours += dist(m.Pix[i], c.R) + dist(m.Pix[i+2], c.B)
			repeated += dist(byte(r>>8), c.R) + dist(byte(b>>8), c.B)
		}
	}
	if ours > 0.6*repeated {
		t.Errorf("mean error %.2f levels, with repeated chroma %.2f", ours/8192, repeated/8192)
	}
}

func dist(a, b byte) float64 { return max(float64(a)-float64(b), float64(b)-float64(a)) }

func TestDamagedFiles(t *testing.T) {
	img := toImage(formula(60, 45))
	files := map[string][]byte{
		"png": pngOf(t, img), "jpeg": encode(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, img, nil) }),
		"bmp":  encode(t, func(b *bytes.Buffer) error { return bmp.Encode(b, img) }),
		"tiff": encode(t, func(b *bytes.Buffer) error { return tiff.Encode(b, img, nil) }),
		"gif":  encode(t, func(b *bytes.Buffer) error { return gif.Encode(b, img, nil) }),
	}
	for name, data := range files {
		for n := 0; n < len(data)-16; n += 1 + len(data)/97 {
			if _, err := Decode(data[:n]); fault.KindOf(err) != fault.Corrupt {
				t.Fatalf("%s cut to %d of %d bytes: %v", name, n, len(data), err)
			}
		}
	}
	for say, data := range map[string][]byte{
		"empty":    {},
		"web page": []byte("\n<!DOCTYPE html><html>"),
		"such as":  []byte("\ufeff<html>"),
		"no JPEG":  []byte("version https://git-lfs.github.com/spec/v1"),
	} {
		if _, err := Decode(data); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%q: %v", data, err)
		}
	}
}

// A header that claims 20,000×20,000 pixels is refused before anything is allocated for them.
func TestHugeHeader(t *testing.T) {
	header := []byte("IHDR\x00\x00\x4e\x20\x00\x00\x4e\x20\x08\x02\x00\x00\x00")
	data := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	data = binary.BigEndian.AppendUint32(data, crc32.ChecksumIEEE(header))
	if allocated := testing.AllocsPerRun(1, func() {
		if _, err := Decode(data); err == nil || !strings.Contains(err.Error(), "20000×20000") {
			t.Errorf("got %v", err)
		}
	}); allocated > 100 {
		t.Errorf("%v allocations", allocated)
	}
}

func FuzzDecode(f *testing.F) {
	img := toImage(formula(9, 7))
	f.Add(pngOf(f, img))
	f.Add(encode(f, func(b *bytes.Buffer) error { return jpeg.Encode(b, img, nil) }))
	if files, err := filepath.Glob("testdata/*.*"); err == nil {
		for _, name := range files {
			if data, err := os.ReadFile(name); err == nil {
				f.Add(data)
			}
		}
	}
	f.Add([]byte("P6 2 1 # two pixels\n255\n\x01\x02\x03\x04\x05\x06"))
	f.Add([]byte("P5\n1 1\n1000\n\x01\x02"))
	f.Add([]byte("GIF89a\x05\x00\x05\x00\x80\x00\x00"))
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPVP8 "))
	p := recipe(f, clip(8, "hf"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(data)
		if err != nil || m.W*m.H > 1<<20 {
			return
		}
		if len(m.Pix) != 3*m.W*m.H {
			t.Fatalf("%d bytes for %d×%d", len(m.Pix), m.W, m.H)
		}
		p.Apply(m, make([]float32, 3*8*8))
	})
}
