package pixel

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
)

// pnmHeader begins a binary PPM (P6, three samples a pixel) or PGM (P5, one). Samples above 255 take two bytes, the
// high one first. The layout is netpbm's: https://netpbm.sourceforge.net/doc/ppm.html
type pnmHeader struct {
	w, h, samples int
	max           int // the sample that means white
}

// maxSide bounds what a header may claim, so that products of it do not overflow.
const maxSide = 1 << 24

// readPNM reads the header and the one blank that ends it.
func readPNM(r *bufio.Reader) (h pnmHeader, err error) {
	var magic [2]byte
	if _, err := io.ReadFull(r, magic[:]); err != nil {
		return h, err
	}
	h.samples = 1
	if magic == [2]byte{'P', '6'} {
		h.samples = 3
	}
	for _, f := range []struct {
		name string
		most int
		into *int
	}{{"width", maxSide, &h.w}, {"height", maxSide, &h.h}, {"greatest sample", math.MaxUint16, &h.max}} {
		if *f.into, err = number(r, f.most); err != nil {
			return h, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	if h.max < 1 {
		return h, errors.New("greatest sample: 0")
	}
	return h, nil
}

// number reads a decimal number up to most, and the one blank that ends it. A comment, from # to the end of the
// line, counts as a blank.
func number(r *bufio.Reader, most int) (n int, err error) {
	for digits := 0; ; {
		c, err := r.ReadByte()
		for comment := c == '#'; comment && err == nil && c != '\n' && c != '\r'; {
			c, err = r.ReadByte()
		}
		switch {
		case err != nil:
			return 0, err
		case c >= '0' && c <= '9':
			digits++
			if n = 10*n + int(c-'0'); n > most {
				return 0, fmt.Errorf("%d… is more than %d", n, most)
			}
		case c != ' ' && (c < '\t' || c > '\r'):
			return 0, fmt.Errorf("%q is no digit", c)
		case digits > 0:
			return n, nil
		}
	}
}

func pnmConfig(r io.Reader) (image.Config, error) {
	h, err := readPNM(bufio.NewReader(r))
	return image.Config{ColorModel: color.NRGBAModel, Width: h.w, Height: h.h}, err
}

// decodePNM gives the first picture of a file, scaled to 255 as Pillow does; of grey samples of 16 bits it keeps
// the high byte, as of those in other formats.
func decodePNM(r io.Reader) (image.Image, error) {
	buffered := bufio.NewReader(r)
	h, err := readPNM(buffered)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(buffered)
	if err != nil {
		return nil, err
	}
	deep := h.max > 255
	n, size := h.w*h.h*h.samples, 1
	if deep {
		size = 2
	}
	if len(data) < n*size {
		return nil, io.ErrUnexpectedEOF
	}
	sample := func(i int) byte { return data[i] }
	if h.max != 255 {
		scaled := h.scaled()
		sample = func(i int) byte { return scaled[data[i]] }
		if deep {
			sample = func(i int) byte { return scaled[binary.BigEndian.Uint16(data[2*i:])] }
		}
	}
	if h.samples == 1 {
		grey := image.NewGray(image.Rect(0, 0, h.w, h.h))
		for i := range grey.Pix {
			grey.Pix[i] = sample(i)
		}
		return grey, nil
	}
	img := image.NewNRGBA(image.Rect(0, 0, h.w, h.h))
	for i := range h.w * h.h {
		img.Pix[4*i], img.Pix[4*i+1], img.Pix[4*i+2], img.Pix[4*i+3] = sample(3*i), sample(3*i+1), sample(3*i+2), 255
	}
	return img, nil
}

// scaled is the table of what samples become, also of those above the greatest, which only a damaged file has.
func (h pnmHeader) scaled() []byte {
	to, shift, entries := 255.0, 0, 256
	if h.max > 255 {
		entries = 1 << 16
		if h.samples == 1 {
			to, shift = math.MaxUint16, 8
		}
	}
	table := make([]byte, entries)
	for v := range table {
		table[v] = byte(int(min(math.RoundToEven(float64(v)/float64(h.max)*to), to)) >> shift)
	}
	return table
}
