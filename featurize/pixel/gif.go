package pixel

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"io"
	"slices"
)

// firstFrame decodes a GIF's first frame and places it on the canvas, which may be larger. A pixel marked transparent
// keeps the colour its palette gives it, and the canvas around the frame has the transparent colour, or the palette's
// first if there is none: transparency is dropped here as in every other format. Go's decoder replaces the colour of
// the transparent index by black, so the mark is taken off before decoding.
func firstFrame(r io.Reader) (image.Image, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	c, err := gif.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	opaque, background := dropTransparency(data)
	frame, err := gif.Decode(bytes.NewReader(opaque))
	if err != nil { // some files mark an index beyond the palette, and use it
		if frame, err = gif.Decode(bytes.NewReader(data)); err != nil {
			return nil, err
		}
	}
	canvas := image.NewRGBA(image.Rect(0, 0, c.Width, c.Height))
	if frame.Bounds() == canvas.Bounds() {
		return frame, nil
	}
	p, ok := frame.(*image.Paletted)
	for y := range c.Height {
		for x := range c.Width {
			var colour color.Color = color.Black
			if image.Pt(x, y).In(frame.Bounds()) {
				colour = frame.At(x, y)
			} else if ok && background < len(p.Palette) {
				colour = p.Palette[background]
			}
			r, g, b, _ := straight(colour)
			canvas.SetRGBA(x, y, color.RGBA{r, g, b, 255})
		}
	}
	return canvas, nil
}

// dropTransparency returns the GIF with the first frame's transparency flag cleared, and the index it marked, or 0.
// The layout: 13 bytes of header and screen, the global table of 2^(n+1) colours if flagged, then blocks, of which
// those that begin with 0x21 are extensions (a label, then lengths with data up to a zero length) and 0xF9 is the one
// that carries the flag. What does not follow this layout is left to the decoder's own complaint.
func dropTransparency(data []byte) (opaque []byte, index int) {
	if len(data) < 13 {
		return data, 0
	}
	opaque = data
	at := 13
	if flags := data[10]; flags&0x80 != 0 {
		at += 3 << (flags&7 + 1)
	}
	for at+7 < len(data) && data[at] == 0x21 {
		if data[at+1] == 0xf9 && data[at+2] == 4 && data[at+3]&1 != 0 {
			opaque = slices.Clone(opaque)
			opaque[at+3] &^= 1
			index = int(data[at+6])
		}
		for at += 2; at < len(data) && data[at] != 0; {
			at += 1 + int(data[at])
		}
		at++
	}
	return opaque, index
}
