package pixel

import (
	"math"
	"math/rand/v2"
)

// The bounds of a random crop: its share of the picture's area, and width over height.
const (
	leastArea, mostArea   = 0.08, 1.0
	leastRatio, mostRatio = 3.0 / 4, 4.0 / 3
)

// ApplyRandom writes a random view of the picture into dst, as Apply does the plain one: a crop of random area and
// ratio, resized to the whole input with the encoder's filter, mirrored in half of the cases. It is torchvision's
// RandomResizedCrop with its default bounds, then RandomHorizontalFlip: FedPuReL's training transform.
func (p *Recipe) ApplyRandom(img *RGB, rng *rand.Rand, dst []float32) {
	s := p.p.Size
	if len(dst) != 3*s*s {
		panic("pixel: destination of the wrong size")
	}
	crop := img.cut(randomCrop(img.W, img.H, rng))
	mirrored := rng.Float64() < 0.5
	if p.p.Interpolation == "tensor-bilinear" {
		p.tensorResize(crop, dst)
	} else {
		p.normalise(resize(crop, p.k, s, s, window{0, 0, s, s}), dst)
	}
	if mirrored {
		mirror(dst, s)
	}
}

// randomCrop tries ten times to draw an area and a ratio that fit; then it takes the largest centred crop within
// the bounds of the ratio.
func randomCrop(w, h int, rng *rand.Rand) window {
	for range 10 {
		area := float64(w*h) * (leastArea + rng.Float64()*(mostArea-leastArea))
		ratio := math.Exp(math.Log(leastRatio) + rng.Float64()*(math.Log(mostRatio)-math.Log(leastRatio)))
		cw, ch := int(math.RoundToEven(math.Sqrt(area*ratio))), int(math.RoundToEven(math.Sqrt(area/ratio)))
		if 0 < cw && cw <= w && 0 < ch && ch <= h {
			return window{rng.IntN(w - cw + 1), rng.IntN(h - ch + 1), cw, ch}
		}
	}
	cw, ch := w, h
	switch ratio := float64(w) / float64(h); {
	case ratio < leastRatio:
		ch = int(math.RoundToEven(float64(w) / leastRatio))
	case ratio > mostRatio:
		cw = int(math.RoundToEven(float64(h) * mostRatio))
	}
	return window{(w - cw) / 2, (h - ch) / 2, cw, ch}
}

// cut copies a rectangle of the picture.
func (m *RGB) cut(w window) *RGB {
	if w.width == m.W && w.height == m.H {
		return m
	}
	out := &RGB{w.width, w.height, make([]byte, 0, 3*w.width*w.height)}
	for y := range w.height {
		first := 3 * ((w.top+y)*m.W + w.left)
		out.Pix = append(out.Pix, m.Pix[first:first+3*w.width]...)
	}
	return out
}

// mirror turns every row of every plane around.
func mirror(planes []float32, s int) {
	for row := range len(planes) / s {
		r := planes[row*s : (row+1)*s]
		for i := range s / 2 {
			r[i], r[s-1-i] = r[s-1-i], r[i]
		}
	}
}
