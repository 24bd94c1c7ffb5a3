package pixel

import (
	"image"
	"image/color"
)

// toRGB copies a decoded image. Fast paths exist for what decoders commonly give; the rest goes pixel by pixel. webp
// says that luma and chroma are in WebP's range.
func toRGB(img image.Image, webp bool) *RGB {
	b := img.Bounds()
	out := &RGB{b.Dx(), b.Dy(), make([]byte, 3*b.Dx()*b.Dy())}
	switch m := img.(type) {
	case *image.YCbCr:
		if webp {
			out.fromYCbCr(m)
			break
		}
		out.each(img)
	case *image.NYCbCrA:
		out.fromYCbCr(&m.YCbCr)
	case *image.Gray:
		for y := range out.H {
			row := m.Pix[y*m.Stride:]
			for x := range out.W {
				out.set(x, y, row[x], row[x], row[x])
			}
		}
	case *image.NRGBA:
		out.four(m.Pix, m.Stride)
	case *image.RGBA:
		if m.Opaque() {
			out.four(m.Pix, m.Stride)
			break
		}
		out.each(img)
	case *image.Paletted:
		var table [256][3]byte // indices beyond the palette, which only a damaged file has, are black
		for i, c := range m.Palette[:min(len(m.Palette), 256)] {
			table[i][0], table[i][1], table[i][2], _ = straight(c)
		}
		for y := range out.H {
			for x, v := range m.Pix[y*m.Stride:][:out.W] {
				out.set(x, y, table[v][0], table[v][1], table[v][2])
			}
		}
	case *image.NRGBA64:
		for y := range out.H {
			for x := range out.W {
				i := y*m.Stride + 8*x
				out.set(x, y, m.Pix[i], m.Pix[i+2], m.Pix[i+4])
			}
		}
	case *image.CMYK:
		for y := range out.H {
			for x := range out.W {
				i := y*m.Stride + 4*x
				r, g, b := color.CMYKToRGB(m.Pix[i], m.Pix[i+1], m.Pix[i+2], m.Pix[i+3])
				out.set(x, y, r, g, b)
			}
		}
	default:
		out.each(img)
	}
	return out
}

func (m *RGB) set(x, y int, r, g, b byte) {
	i := 3 * (y*m.W + x)
	m.Pix[i], m.Pix[i+1], m.Pix[i+2] = r, g, b
}

// four drops the fourth channel.
func (m *RGB) four(pix []byte, stride int) {
	for y := range m.H {
		row, out := pix[y*stride:y*stride+4*m.W], m.Pix[3*y*m.W:3*(y+1)*m.W]
		for x := range m.W {
			out[3*x], out[3*x+1], out[3*x+2] = row[4*x], row[4*x+1], row[4*x+2]
		}
	}
}

func (m *RGB) each(img image.Image) {
	b := img.Bounds()
	for y := range m.H {
		for x := range m.W {
			r, g, bl, _ := straight(img.At(b.Min.X+x, b.Min.Y+y))
			m.set(x, y, r, g, bl)
		}
	}
}
