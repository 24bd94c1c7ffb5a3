package pixel

import (
	"image"
	"image/color"
)

// fromYCbCr converts with interpolated chroma. Cameras store colour at half resolution; libjpeg and libwebp, and with
// them Pillow, interpolate it with a triangle filter, while Go's conversion repeats it, which moves the pixels of a
// small picture by several levels. limited is WebP's range of 16 to 235. As in libjpeg, chroma of at most two
// columns is repeated; libwebp has no such exception.
func fromYCbCr(out *RGB, m *image.YCbCr, limited bool) {
	cb, cr, sums := make([]byte, out.W), make([]byte, out.W), make([]int32, (out.W+1)/2)
	b := m.Rect
	cw, ch := (out.W+1)/2, (out.H+1)/2
	smooth := cw > 2 || limited
	origin := m.COffset(b.Min.X, b.Min.Y)
	row := func(plane []byte, r, n int) []byte { return plane[origin+r*m.CStride:][:n] }
	for y := range out.H {
		near, far := y/2, y/2+1
		if y%2 == 0 {
			far = near - 1
		}
		far = min(max(far, 0), ch-1)
		switch {
		case m.SubsampleRatio == image.YCbCrSubsampleRatio420 && smooth:
			triangle420(cb, row(m.Cb, near, cw), row(m.Cb, far, cw), sums)
			triangle420(cr, row(m.Cr, near, cw), row(m.Cr, far, cw), sums)
		case m.SubsampleRatio == image.YCbCrSubsampleRatio422 && smooth:
			triangle422(cb, row(m.Cb, y, cw))
			triangle422(cr, row(m.Cr, y, cw))
		case m.SubsampleRatio == image.YCbCrSubsampleRatio440:
			triangle440(cb, row(m.Cb, near, out.W), row(m.Cb, far, out.W), y)
			triangle440(cr, row(m.Cr, near, out.W), row(m.Cr, far, out.W), y)
		default:
			for x := range out.W {
				i := m.COffset(b.Min.X+x, b.Min.Y+y)
				cb[x], cr[x] = m.Cb[i], m.Cr[i]
			}
		}
		luma := m.Y[m.YOffset(b.Min.X, b.Min.Y+y):][:out.W]
		line := out.Pix[3*y*out.W:][:3*out.W]
		convert := color.YCbCrToRGB
		if limited {
			convert = limitedRange
		}
		for x, l := range luma {
			line[3*x], line[3*x+1], line[3*x+2] = convert(l, cb[x], cr[x])
		}
	}
}

// triangle420 interpolates a row of chroma that is halved both ways: with s = 3·near + far, an even sample is
// (3 s_i + s_{i−1} + 8)/16 and an odd one (3 s_i + s_{i+1} + 7)/16, indices clamped. sums is room for s.
func triangle420(dst, near, far []byte, sums []int32) {
	for i := range sums {
		sums[i] = 3*int32(near[i]) + int32(far[i])
	}
	before := sums[0]
	for i, s := range sums {
		dst[2*i] = byte((3*s + before + 8) >> 4)
		if 2*i+1 < len(dst) {
			dst[2*i+1] = byte((3*s + sums[min(i+1, len(sums)-1)] + 7) >> 4)
		}
		before = s
	}
}

// triangle422 interpolates a row of chroma that is halved horizontally: (3 c_i + c_{i−1} + 1)/4 at even samples and
// (3 c_i + c_{i+1} + 2)/4 at odd ones; at the ends, where the neighbour is clamped, that is the sample itself.
func triangle422(dst, c []byte) {
	for x := range dst {
		i := x / 2
		if x%2 == 0 {
			dst[x] = byte((3*int(c[i]) + int(c[max(i-1, 0)]) + 1) >> 2)
		} else {
			dst[x] = byte((3*int(c[i]) + int(c[min(i+1, len(c)-1)]) + 2) >> 2)
		}
	}
}

// triangle440 is row y of chroma that is halved vertically: (3 near + far + 1)/4 in even rows, + 2 in odd ones.
func triangle440(dst, near, far []byte, y int) {
	for x := range dst {
		dst[x] = byte((3*int(near[x]) + int(far[x]) + 1 + y%2) >> 2)
	}
}

// limitedRange is BT.601 with luma in 16–235 and chroma in 16–240, in 16-bit fixed point:
// R = 1.164(Y−16) + 1.596 V, G = 1.164(Y−16) − 0.391 U − 0.813 V, B = 1.164(Y−16) + 2.018 U.
func limitedRange(y, cb, cr byte) (r, g, b byte) {
	l, u, v := 76309*(int(y)-16), int(cb)-128, int(cr)-128
	return clamp8((l + 104597*v + 1<<15) >> 16), clamp8((l - 25675*u - 53279*v + 1<<15) >> 16), clamp8((l + 132201*u + 1<<15) >> 16)
}

func clamp8(v int) byte { return byte(min(max(v, 0), 255)) }
