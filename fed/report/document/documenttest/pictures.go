package documenttest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"

	"github.com/fedpurel/fedpurel/fed/report/document"
)

func (w *world) pictures() *document.Pictures {
	if !w.Pictures {
		return &document.Pictures{
			Missing: "The cache has no pictures: featurize with --thumbnails 8 to see some here.",
		}
	}
	p := &document.Pictures{
		Caption: "Test images, few-shot classes first; probabilities are those of the class that is said.",
	}
	p.Strips = append(p.Strips, w.strip("What the classes look like", "one test image each", true, 16))
	for _, m := range w.methods[:min(2, len(w.methods))] {
		right := w.strip(m.Name+" right, zero-shot wrong", "8 of 211", false, 8)
		wrong := w.strip(m.Name+" wrong, zero-shot right", "8 of 97", false, 8)
		right.Method, wrong.Method = &m, &m
		p.Strips = append(p.Strips, right, wrong)
	}
	return p
}

func (w *world) strip(title, sub string, small bool, cards int) document.Strip {
	s := document.Strip{Title: title, Sub: sub, Small: small}
	for i := range min(cards, len(w.classes)) {
		c := w.classes[len(w.classes)-1-i]
		card := document.Card{
			Image: picture(i), Type: "image/jpeg", Name: c.name, Note: fmt.Sprintf("%d images", c.count),
		}
		if !small {
			for k, m := range w.keys()[:min(3, len(w.methods)+1)] {
				card.Said = append(card.Said, document.Said{
					Method: m, Class: w.classes[(i+k)%len(w.classes)].name,
					Probability: 0.9 - 0.1*float64(i), Right: k == 1,
				})
			}
			card.Said[0].Probability = math.NaN()
		}
		s.Cards = append(s.Cards, card)
	}
	return s
}

// picture is a small JPEG file of two shades.
func picture(i int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for y := range 64 {
		for x := range 64 {
			m.SetRGBA(x, y, color.RGBA{R: uint8(40*i + 2*x), G: uint8(3 * y), B: uint8(60 + 10*i), A: 255})
		}
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, m, &jpeg.Options{Quality: 70}) // a buffer takes what it is given
	return b.Bytes()
}
