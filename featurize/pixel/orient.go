package pixel

import (
	"image"

	"github.com/disintegration/imaging"
)

// turns are what the orientation tag asks for, by its value (Exif 2.32, tag 0x0112). 1 is upright.
var turns = map[int]func(image.Image) *image.NRGBA{
	2: imaging.FlipH,
	3: imaging.Rotate180,
	4: imaging.FlipV,
	5: imaging.Transpose,
	6: imaging.Rotate270,
	7: imaging.Transverse,
	8: imaging.Rotate90,
}

// upright turns a picture as the orientation tag of its file says. Camera pictures carry such tags. Pillow follows them
// by itself in TIFF only, when it loads the pixels; exif_transpose follows them in all.
func upright(m *RGB, data []byte) *RGB {
	turn := turns[orientation(data)]
	if turn == nil {
		return m
	}
	img := image.NewNRGBA(image.Rect(0, 0, m.W, m.H))
	for i := range m.W * m.H {
		copy(img.Pix[4*i:], m.Pix[3*i:3*i+3])
		img.Pix[4*i+3] = 255
	}
	turned := turn(img)
	out := &RGB{turned.Rect.Dx(), turned.Rect.Dy(), make([]byte, 3*m.W*m.H)}
	out.four(turned.Pix, turned.Stride)
	return out
}

// isTIFF tells whether a file is a TIFF, whose tag Decode follows.
func isTIFF(data []byte) bool {
	_, ok := tiffOrder(data)
	return ok
}

// orientation is the tag in Exif, or else in XMP, as Pillow's getexif finds it; 0 if there is none.
func orientation(data []byte) int {
	exif, xmp := described(data)
	if tag, ok := inTIFF(exif); ok {
		return tag
	}
	return inXMP(xmp)
}
