package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// pictures writes n pictures of a kind, four fifths of them for training, in two classes. They have about the detail of
// photographs: noise at all scales, an edge, a little grain. A few different ones are written again and again.
func pictures(dir, kind string, n int) error {
	if _, err := os.Stat(dir); err == nil {
		return nil // made for another model
	}
	const different = 16
	extension := ".jpg"
	if kind == "32×32 PNG" {
		extension = ".png"
	}
	var files [different][]byte
	for i := range files {
		var b bytes.Buffer
		var err error
		if kind == "32×32 PNG" {
			err = png.Encode(&b, picture(32, 32, uint64(i)))
		} else {
			err = jpeg.Encode(&b, picture(500, 375, uint64(i)), &jpeg.Options{Quality: 90})
		}
		if err != nil {
			return err
		}
		files[i] = b.Bytes()
	}
	for i := range n {
		split := "train"
		if i%5 == 4 {
			split = "test"
		}
		class := filepath.Join(dir, split, "class "+string(rune('a'+i/5%2)))
		if err := os.MkdirAll(class, 0o755); err != nil {
			return err
		}
		file := filepath.Join(class, fmt.Sprintf("%05d%s", i, extension))
		if err := os.WriteFile(file, files[i%different], 0o644); err != nil {
			return err
		}
	}
	return nil
}

func picture(w, h int, seed uint64) image.Image {
	r := rand.New(rand.NewPCG(seed, 1))
	var planes [3][]float64
	for p := range planes {
		planes[p] = make([]float64, w*h)
		for octave := range 7 {
			cell := 128 >> octave
			columns := w/cell + 2
			grid := make([]float64, columns*(h/cell+2))
			for i := range grid {
				grid[i] = r.NormFloat64() * math.Sqrt(float64(cell)) * 4
			}
			for i := range planes[p] {
				x, y := i%w, i/w
				fx, fy := float64(x%cell)/float64(cell), float64(y%cell)/float64(cell)
				at := y/cell*columns + x/cell
				top := grid[at]*(1-fx) + grid[at+1]*fx
				bottom := grid[at+columns]*(1-fx) + grid[at+columns+1]*fx
				planes[p][i] += top*(1-fy) + bottom*fy
			}
		}
	}
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	level := func(v float64) uint8 { return uint8(min(max(v, 0), 255)) }
	for i := range w * h {
		x, y := i%w, i/w
		l, u, v := 128+planes[0][i], planes[1][i]/2, planes[2][i]/2
		if math.Hypot(float64(x-w/2), float64(y-h/3)) < float64(h)/4 {
			l += 60
		}
		img.SetNRGBA(x, y, color.NRGBA{level(l + v), level(l - u/2 - v/2), level(l + u), 255})
	}
	return img
}
