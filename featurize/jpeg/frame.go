package jpeg

import "slices"

// component is one plane of the picture.
type component struct {
	id            byte
	h, v          int // sampling factors
	quantID       byte
	width, height int // in samples, without padding
	blocksX       int // columns and rows of blocks that hold these samples
	blocksY       int
	paddedX       int // the same, padded to whole MCUs
	paddedY       int

	dc, ac    *huffman
	dcPred    int32
	quant     quantiser // that of the first scan of the component
	quantised bool
	precision [64]int8 // the lowest bit received so far of each coefficient, -1 before any

	coefs []int16   // all blocks in zigzag order, where a picture comes in more than one scan
	plane []samples // two rows of MCUs, used in turns
	pitch int       // from a row of plane to the next
	up    upsampling
}

// samples are eight of a row: a row of a block. Lanes of 16 bits let four be computed at once.
type samples [8]uint16

// row is row y of samples; it and the two rows of MCUs around it are there at a time.
func (c *component) row(y int) []samples {
	return c.plane[y%(16*c.v)*c.pitch:][:c.pitch]
}

// frame reads a frame header (B.2.2).
func (d *decoder) frame(m byte, p []byte) error {
	switch {
	case m > markerSOF2:
		return unsupported("the coding process of marker %#x", m)
	case d.n != 0:
		return damaged("a second frame header")
	case len(p) < 6:
		return damaged("the frame header has %d bytes", len(p))
	case p[0] != 8:
		return unsupported("samples of %d bits", p[0])
	case len(p) != 6+3*int(p[5]):
		return damaged("a frame header of %d bytes for %d components", len(p), p[5])
	case p[5] != 1 && p[5] != 3:
		return unsupported("%d components", p[5])
	}
	d.height, d.width = int(p[1])<<8|int(p[2]), int(p[3])<<8|int(p[4])
	switch {
	case d.height == 0:
		return unsupported("a height that is stated after the picture")
	case d.width == 0:
		return damaged("the picture is 0 pixels wide")
	case d.width*d.height > MaxPixels:
		return damaged("it claims %d×%d pixels, more than %d million", d.width, d.height, MaxPixels/1_000_000)
	}
	d.n, d.progressive = int(p[5]), m == markerSOF2
	for i := range d.n {
		q := p[6+3*i:]
		c := component{id: q[0], h: int(q[1] >> 4), v: int(q[1] & 15), quantID: q[2], plane: d.comps[i].plane}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.quantID > 3 {
			return damaged("component %d with sampling %d×%d and quantisation table %d", c.id, c.h, c.v, c.quantID)
		}
		if slices.ContainsFunc(d.comps[:i], func(e component) bool { return e.id == c.id }) {
			return damaged("two components with number %d", c.id)
		}
		if d.n == 1 { // without others to relate to, a sampling factor says nothing
			c.h, c.v = 1, 1
		}
		for k := range c.precision {
			c.precision[k] = -1
		}
		d.hMax, d.vMax = max(d.hMax, c.h), max(d.vMax, c.v)
		d.comps[i] = c
	}
	d.mcusX, d.mcusY = ceilDiv(d.width, 8*d.hMax), ceilDiv(d.height, 8*d.vMax)
	blocks := 0
	for i := range d.n {
		c := &d.comps[i]
		if d.hMax%c.h != 0 || d.vMax%c.v != 0 || i == 0 && (c.h != d.hMax || c.v != d.vMax) {
			return unsupported("component %d is sampled %d×%d where others are %d×%d", c.id, c.h, c.v, d.hMax, d.vMax)
		}
		c.width, c.height = ceilDiv(d.width*c.h, d.hMax), ceilDiv(d.height*c.v, d.vMax)
		c.blocksX, c.blocksY = ceilDiv(c.width, 8), ceilDiv(c.height, 8)
		c.paddedX, c.paddedY = d.mcusX*c.h, d.mcusY*c.v
		c.up = c.upsampling(d.hMax/c.h, d.vMax/c.v)
		d.context = d.context || c.up.blend
		blocks += c.blocksX * c.blocksY
	}
	// Each block takes a bit at least, for its DC coefficient. A short file cannot claim a large picture.
	if blocks/8 > len(d.data)-d.pos {
		return errTruncated
	}
	d.colour = d.colourSpace()
	return nil
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
