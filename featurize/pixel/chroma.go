package pixel

import "image"

// fromYCbCr converts a lossy WebP's picture with interpolated chroma and WebP's range of 16 to 235. Chroma is stored at
// half resolution; libwebp, and with it Pillow, interpolates it with a triangle filter, while Go's conversion
// repeats it and takes the range to be full, which moves the pixels of a small picture by several levels.
func (m *RGB) fromYCbCr(p *image.YCbCr) {
	cw, ch := (m.W+1)/2, (m.H+1)/2
	cb, cr, sums := make([]byte, m.W), make([]byte, m.W), make([]int32, cw)
	b := p.Rect
	origin := p.COffset(b.Min.X, b.Min.Y)
	row := func(plane []byte, r int) []byte { return plane[origin+r*p.CStride:][:cw] }
	for y := range m.H {
		near, far := y/2, y/2+1
		if y%2 == 0 {
			far = near - 1
		}
		far = min(max(far, 0), ch-1)
		triangle(cb, row(p.Cb, near), row(p.Cb, far), sums)
		triangle(cr, row(p.Cr, near), row(p.Cr, far), sums)
		luma := p.Y[p.YOffset(b.Min.X, b.Min.Y+y):][:m.W]
		line := m.Pix[3*y*m.W:][:3*m.W]
		for x, l := range luma {
			line[3*x], line[3*x+1], line[3*x+2] = limitedRange(l, cb[x], cr[x])
		}
	}
}

// triangle interpolates a row of chroma that is halved both ways: with s = 3·near + far, an even sample is
// (3 s_i + s_{i−1} + 8)/16 and an odd one (3 s_i + s_{i+1} + 7)/16, indices clamped. sums is room for s.
func triangle(dst, near, far []byte, sums []int32) {
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

// limitedRange is BT.601 with luma in 16–235 and chroma in 16–240, in 16-bit fixed point:
// R = 1.164(Y−16) + 1.596 V, G = 1.164(Y−16) − 0.391 U − 0.813 V, B = 1.164(Y−16) + 2.018 U.
func limitedRange(y, cb, cr byte) (r, g, b byte) {
	l, u, v := 76309*(int(y)-16), int(cb)-128, int(cr)-128
	r = clamp8((l + 104597*v + 1<<15) >> 16)
	g = clamp8((l - 25675*u - 53279*v + 1<<15) >> 16)
	b = clamp8((l + 132201*u + 1<<15) >> 16)
	return r, g, b
}

func clamp8(v int) byte { return byte(min(max(v, 0), 255)) }
