package jpeg

type colourSpace int

const (
	grey colourSpace = iota
	ycc
	rgb
)

// colourSpace tells what the components are, as libjpeg does: the JFIF marker says YCbCr; else the Adobe marker says
// which; else the names of the components.
func (d *decoder) colourSpace() colourSpace {
	switch {
	case d.n == 1:
		return grey
	case d.jfif:
		return ycc
	case d.adobe:
		if d.adobeTransform == 0 {
			return rgb
		}
		return ycc
	case d.comps[0].id == 'R' && d.comps[1].id == 'G' && d.comps[2].id == 'B':
		return rgb
	}
	return ycc
}

// The conversion is that of JFIF with libjpeg's constants of 16 bits:
//
//	R = Y + (91881 Cr + ½)        91881 = 1.402   · 2¹⁶
//	G = Y − (22554 Cb + 46802 Cr) 22554 = 0.34414 · 2¹⁶, 46802 = 0.71414 · 2¹⁶
//	B = Y + (116130 Cb + ½)      116130 = 1.772   · 2¹⁶
//
// with Cb and Cr less 128, rounded. The three sums are made at once, in fields of a word: G with its fraction from
// bit 0, so that it is whole from bit 16 on, R from bit 32 and B from bit 54, ten bits each. All are raised by 256,
// which keeps them positive, and lowered as they are limited to 0–255.
const (
	shiftG = 16
	shiftR = 32
	shiftB = 54
	lumaOf = 1<<shiftG | 1<<shiftR | 1<<shiftB
)

// conversion holds what is added to the sums, and how they are limited.
type conversion struct {
	cb, cr  [256]uint64
	limited [1 << 10]uint8
}

var converter = func() (t conversion) {
	const half = 1 << 15
	for i := range 256 {
		c := int64(i) - 128
		t.cb[i] = uint64((116130*c+half)>>16<<shiftB - 22554*c + half)
		t.cr[i] = uint64((91881*c+half)>>16<<shiftR - 46802*c + 256*lumaOf)
	}
	for i := range t.limited {
		t.limited[i] = uint8(min(max(i-256, 0), 255))
	}
	return t
}()

// convertYCC converts a row of pixels.
func convertYCC(dst []byte, luma []samples, cb, cr [][8]byte) {
	cb, cr = cb[:len(luma)], cr[:len(luma)]
	whole := len(dst) / 24
	for i := range luma[:whole] {
		converter.eight((*[24]byte)(dst[24*i:]), &luma[i], &cb[i], &cr[i])
	}
	if dst = dst[24*whole:]; len(dst) > 0 {
		var last [24]byte
		converter.eight(&last, &luma[whole], &cb[whole], &cr[whole])
		copy(dst, last[:])
	}
}

// eight converts eight pixels. It is unrolled because counting is a fifth of the work.
func (t *conversion) eight(dst *[24]byte, luma *samples, cb, cr *[8]byte) {
	t.one((*[3]byte)(dst[0:]), luma[0], cb[0], cr[0])
	t.one((*[3]byte)(dst[3:]), luma[1], cb[1], cr[1])
	t.one((*[3]byte)(dst[6:]), luma[2], cb[2], cr[2])
	t.one((*[3]byte)(dst[9:]), luma[3], cb[3], cr[3])
	t.one((*[3]byte)(dst[12:]), luma[4], cb[4], cr[4])
	t.one((*[3]byte)(dst[15:]), luma[5], cb[5], cr[5])
	t.one((*[3]byte)(dst[18:]), luma[6], cb[6], cr[6])
	t.one((*[3]byte)(dst[21:]), luma[7], cb[7], cr[7])
}

func (t *conversion) one(dst *[3]byte, luma uint16, cb, cr byte) {
	s := uint64(luma)*lumaOf + t.cb[cb] + t.cr[cr]
	dst[0], dst[1], dst[2] = t.limited[s>>shiftR&0x3ff], t.limited[s>>shiftG&0x3ff], t.limited[s>>shiftB]
}

// interleave writes a row of pixels whose components are their colours.
func interleave(dst []byte, r []samples, g, b [][8]byte) {
	for x := range len(dst) / 3 {
		dst[3*x], dst[3*x+1], dst[3*x+2] = byte(r[x/8][x%8]), g[x/8][x%8], b[x/8][x%8]
	}
}

func convertGrey(dst []byte, luma []samples) {
	for x := range len(dst) / 3 {
		v := byte(luma[x/8][x%8])
		dst[3*x], dst[3*x+1], dst[3*x+2] = v, v, v
	}
}
