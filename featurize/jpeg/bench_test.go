package jpeg

import (
	"bytes"
	"image"
	"image/color"
	goimage "image/jpeg"
	"math"
	"math/rand/v2"
	"testing"
)

// photograph is a picture of 500×375 pixels with about the detail of a photograph: 1/f noise in luma and chroma, edges,
// a little grain; 4:2:0, quality 90.
func photograph(b *testing.B) []byte {
	b.Helper()
	const w, h = 500, 375
	r := rand.New(rand.NewPCG(5, 6))
	var planes [3][h][w]float64
	for p := range planes {
		for octave := range 7 {
			cell := 128 >> octave
			var grid [h + 2][w + 2]float64
			for y := range grid {
				for x := range grid[y] {
					grid[y][x] = r.NormFloat64() * math.Sqrt(float64(cell)) * 4
				}
			}
			for y := range h {
				for x := range w {
					gy, gx := y/cell, x/cell
					fy, fx := float64(y%cell)/float64(cell), float64(x%cell)/float64(cell)
					top := grid[gy][gx]*(1-fx) + grid[gy][gx+1]*fx
					bottom := grid[gy+1][gx]*(1-fx) + grid[gy+1][gx+1]*fx
					planes[p][y][x] += top*(1-fy) + bottom*fy
				}
			}
		}
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			l, u, v := 128+planes[0][y][x], planes[1][y][x]/2, planes[2][y][x]/2
			if math.Hypot(float64(x-300), float64(y-150)) < 90 {
				l += 60
			}
			level := func(f float64) uint8 { return uint8(min(max(f, 0), 255)) }
			img.SetRGBA(x, y, color.RGBA{level(l + v), level(l - u/2 - v/2), level(l + u), 255})
		}
	}
	var out bytes.Buffer
	if err := goimage.Encode(&out, img, &goimage.Options{Quality: 90}); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

func BenchmarkDecode(b *testing.B) {
	data := photograph(b)
	b.Logf("%d bytes", len(data))
	b.Run("this", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, _, err := Decode(data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("image-jpeg", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := goimage.Decode(bytes.NewReader(data)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("image-jpeg-to-RGB", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, _, err := reference(data); err != nil {
				b.Fatal(err)
			}
		}
	})
}
