package pixel

import (
	"image"
	"image/color"
)

// fromYCbCr converts with interpolated chroma. Cameras store colour at half resolution; libjpeg and libwebp, and with
// them Pillow, interpolate it with a triangle filter, while Go's conversion repeats it, which moves the pixels of a
// small picture by several levels. limited is WebP's range of 16 to 235.
func fromYCbCr(out *RGB, m *image.YCbCr, limited bool) {
	cb, cr := make([]byte, out.W), make([]byte, out.W)
	b := m.Rect
	cw, ch := (out.W+1)/2, (out.H+1)/2
	rowOf := func(plane []byte, r int) []byte { return plane[r*m.CStride:] }
	for y := range out.H {
		switch {
		case m.SubsampleRatio == image.YCbCrSubsampleRatio420 && cw > 2:
			near := y / 2
			far := near + 1
			if y%2 == 0 {
				far = near - 1
			}
			far = min(max(far, 0), ch-1)
			triangle420(cb, rowOf(m.Cb, near), rowOf(m.Cb, far), cw)
			triangle420(cr, rowOf(m.Cr, near), rowOf(m.Cr, far), cw)
		case m.SubsampleRatio == image.YCbCrSubsampleRatio422 && cw > 2:
			triangle422(cb, rowOf(m.Cb, y), cw)
			triangle422(cr, rowOf(m.Cr, y), cw)
		default:
			for x := range out.W {
				i := m.COffset(b.Min.X+x, b.Min.Y+y)
				cb[x], cr[x] = m.Cb[i], m.Cr[i]
			}
		}
		luma := m.Y[y*m.YStride:]
		for x := range out.W {
			var r, g, bl byte
			if limited {
				r, g, bl = limitedRange(luma[x], cb[x], cr[x])
			} else {
				r, g, bl = color.YCbCrToRGB(luma[x], cb[x], cr[x])
			}
			out.set(x, y, r, g, bl)
		}
	}
}

// triangle420 interpolates a row of chroma that is halved both ways: with s = 3·near + far, an even sample is
// (3 s_i + s_{i−1} + 8)/16 and an odd one (3 s_i + s_{i+1} + 7)/16, indices clamped.
func triangle420(dst, near, far []byte, n int) {
	s := func(i int) int { i = min(max(i, 0), n-1); return 3*int(near[i]) + int(far[i]) }
	for x := range dst {
		i := x / 2
		if x%2 == 0 {
			dst[x] = byte((3*s(i) + s(i-1) + 8) >> 4)
		} else {
			dst[x] = byte((3*s(i) + s(i+1) + 7) >> 4)
		}
	}
}

// triangle422 interpolates a row of chroma that is halved horizontally; the first and last samples are copied.
func triangle422(dst, c []byte, n int) {
	for x := range dst {
		i := x / 2
		switch {
		case x == 0 || x == 2*n-1:
			dst[x] = c[i]
		case x%2 == 0:
			dst[x] = byte((3*int(c[i]) + int(c[i-1]) + 1) >> 2)
		default:
			dst[x] = byte((3*int(c[i]) + int(c[min(i+1, n-1)]) + 2) >> 2)
		}
	}
}

// limitedRange is BT.601 with luma in 16–235 and chroma in 16–240, in 16-bit fixed point.
func limitedRange(y, cb, cr byte) (r, g, b byte) {
	l, u, v := 76309*(int(y)-16), int(cb)-128, int(cr)-128
	return clamp8((l + 104597*v + 1<<15) >> 16), clamp8((l - 25675*u - 53279*v + 1<<15) >> 16), clamp8((l + 132201*u + 1<<15) >> 16)
}

func clamp8(v int) byte { return byte(min(max(v, 0), 255)) }
