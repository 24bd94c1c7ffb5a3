package jpeg

// startOutput makes room for the pixels and for two rows of MCUs of samples.
func (d *decoder) startOutput() {
	d.rgb = make([]byte, 3*d.width*d.height)
	for i := range d.n {
		c := &d.comps[i]
		c.pitch = c.paddedX + 1 // with a group to repeat the last sample in, see triangle
		c.plane = room(c.plane, 16*c.v*c.pitch)
	}
	for i := range d.upsampled {
		d.upsampled[i] = room(d.upsampled[i], d.mcusX*d.hMax+2)
	}
}

// room is a slice of length n, in the memory of s where that is enough. What it holds is of no matter.
func room[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// emit converts the rows of pixels that can be, once row my of MCUs is in the planes.
func (d *decoder) emit(my int) {
	end := min((my+1)*8*d.vMax, d.height)
	if d.context && end < d.height {
		end-- // it needs the first row of chroma of the MCUs below
	}
	for y := d.emitted; y < end; y++ {
		dst := d.rgb[3*d.width*y:][:3*d.width]
		first := d.comps[0].row(y)
		if d.colour == grey {
			convertGrey(dst, first)
			continue
		}
		d.upsample(d.upsampled[0], &d.comps[1], y)
		d.upsample(d.upsampled[1], &d.comps[2], y)
		if d.colour == ycc {
			convertYCC(dst, first, d.upsampled[0], d.upsampled[1])
		} else {
			interleave(dst, first, d.upsampled[0], d.upsampled[1])
		}
	}
	d.emitted = end
}

// complete tells whether a picture of more than one scan lacks nothing.
func (d *decoder) complete() bool {
	for i := range d.n {
		if d.comps[i].coefs == nil || d.comps[i].precision != [64]int8{} {
			return false
		}
	}
	return d.n > 0
}

// reconstruct turns the coefficients of a picture of more than one scan into pixels.
func (d *decoder) reconstruct() error {
	for i := range d.n {
		if c := &d.comps[i]; c.coefs == nil || c.precision[0] < 0 {
			return damaged("component %d has no data", c.id)
		}
	}
	d.startOutput()
	for my := range d.mcusY {
		for i := range d.n {
			c := &d.comps[i]
			for v := range c.v {
				coefs := c.coefs[64*(my*c.v+v)*c.paddedX:]
				row := c.plane[(my%2*c.v+v)*8*c.pitch:]
				for x := range c.paddedX {
					last := d.block.dequantise((*[64]int16)(coefs[64*x:]), &c.quant)
					d.block.idct(row[x:], c.pitch, last)
					d.block = block{}
				}
			}
		}
		d.emit(my)
	}
	return nil
}

// dequantise fills a block that is zero, and returns the index of the last coefficient that is not, or 0.
func (b *block) dequantise(coefs *[64]int16, q *quantiser) (last int) {
	for last = 63; last > 0 && coefs[last] == 0; {
		last--
	}
	for k, v := range coefs[:last+1] {
		b[word[k&127]&31] += int64(v) * q[k&127]
	}
	return last
}
