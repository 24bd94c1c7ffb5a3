package pixel

import (
	"bytes"
	"fmt"
	"image"
	otherjpeg "image/jpeg"
)

// thumbnailQuality is that of a thumbnail's JPEG, from 1 to 100.
const thumbnailQuality = 80

// Thumbnail is the picture as a JPEG whose longer edge has at most side pixels. A smaller picture keeps its size.
func Thumbnail(img *RGB, side int) ([]byte, error) {
	w, h := img.W, img.H
	if long := max(w, h); long > side {
		w, h = max(1, (2*w*side+long)/(2*long)), max(1, (2*h*side+long)/(2*long))
		img = resize(img, bicubic, w, h, window{0, 0, w, h})
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		copy(out.Pix[4*i:], img.Pix[3*i:3*i+3])
		out.Pix[4*i+3] = 255
	}
	var b bytes.Buffer
	if err := otherjpeg.Encode(&b, out, &otherjpeg.Options{Quality: thumbnailQuality}); err != nil {
		return nil, fmt.Errorf("pixel: write a thumbnail: %w", err)
	}
	return b.Bytes(), nil
}
