// Package jpeg decodes JPEG files into the very pixels that libjpeg-turbo gives with its default settings, which are
// those of Pillow: the accurate integer transform, chroma interpolated with a triangle filter, colours converted in
// 16-bit fixed point. It reads Huffman-coded pictures of 8 bits, sequential and progressive, grey, YCbCr or RGB; other
// kinds are left to image/jpeg. Section and table numbers are those of ITU-T T.81.
package jpeg

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// MaxPixels bounds the size of a picture, as Pillow does against decompression bombs.
const MaxPixels = 178_956_970

var (
	// ErrUnsupported is wrapped for kinds of JPEG that image/jpeg may read but this package does not: arithmetic
	// coding, lossless, hierarchical, other than 8 bits, other than 1 or 3 components, fractional sampling ratios.
	ErrUnsupported = errors.New("unsupported kind of JPEG")
	// ErrDamaged is wrapped for files that contradict themselves or the standard. Files that end too early wrap
	// io.ErrUnexpectedEOF instead.
	ErrDamaged = errors.New("damaged JPEG")
)

var errTruncated = fmt.Errorf("the JPEG ends early: %w", io.ErrUnexpectedEOF)

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}

// Decode decodes a JPEG into w×h pixels of packed RGB, three bytes each, row by row. Grey is replicated. What it
// allocates is bounded both by MaxPixels and by a multiple of the length of data. It may be called concurrently.
func Decode(data []byte) (w, h int, rgb []byte, err error) {
	d := decoders.Get().(*decoder)
	defer decoders.Put(d)
	d.state = state{data: data}
	err = d.decode()
	w, h, rgb = d.width, d.height, d.rgb
	d.release()
	if err != nil {
		return 0, 0, nil, err
	}
	return w, h, rgb, nil
}

// release lets go of what the pool of decoders should not hold: all that grows with the picture's height.
func (d *decoder) release() {
	d.state = state{}
	for i := range d.comps {
		d.comps[i].coefs = nil
	}
}

// Size is the size that the header of a JPEG states, of kinds that Decode leaves to image/jpeg as well.
func Size(data []byte) (w, h int, err error) {
	d := decoder{state: state{data: data}}
	if err := d.start(); err != nil {
		return 0, 0, err
	}
	for {
		m, err := d.marker()
		if err != nil {
			return 0, 0, err
		}
		if bare(m) {
			continue
		}
		payload, err := d.segment()
		switch {
		case err != nil:
			return 0, 0, err
		case isFrame(m) && len(payload) < 6:
			return 0, 0, damaged("the frame header has %d bytes", len(payload))
		case isFrame(m):
			return int(payload[3])<<8 | int(payload[4]), int(payload[1])<<8 | int(payload[2]), nil
		case m == markerSOS || m == markerEOI:
			return 0, 0, damaged("no frame header before marker %#x", m)
		}
	}
}

// decoder is the state of one picture together with memory that the next picture uses again.
type decoder struct {
	state
	tables    [2][4]huffman // DC and AC tables as DHT numbers them
	comps     [3]component
	entropy   bits
	block     block        // zero between uses
	upsampled [2][][8]byte // a row of each chroma component at full size
}

// state is what does not outlive a picture.
type state struct {
	data []byte
	pos  int // of the next byte to read in data

	width, height   int
	n               int // components
	progressive     bool
	hMax, vMax      int
	mcusX, mcusY    int // size in MCUs of an interleaved scan
	restartInterval int
	jfif, adobe     bool
	adobeTransform  byte
	haveTable       [2][4]bool
	quant           [4][64]uint16 // in zigzag order
	haveQuant       [4]bool

	context bool // rows of chroma are blended, so that a row of pixels needs the chroma row below
	colour  colourSpace
	emitted int // rows of pixels that are finished
	rgb     []byte
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

// decode reads segments until the picture is complete (Annex B.2).
func (d *decoder) decode() error {
	if err := d.start(); err != nil {
		return err
	}
	for {
		m, err := d.marker()
		if err != nil {
			if d.complete() { // only the EOI marker lacks
				return d.reconstruct()
			}
			return err
		}
		if m == markerEOI {
			if d.n == 0 {
				return damaged("it holds no picture")
			}
			return d.reconstruct()
		}
		if bare(m) {
			continue
		}
		payload, err := d.segment()
		if err != nil {
			return err
		}
		switch {
		case m == markerSOS:
			var done bool
			if done, err = d.scan(payload); done && err == nil {
				return nil
			}
		case m == markerDHT:
			err = d.huffmanTables(payload)
		case m == markerDQT:
			err = d.quantTables(payload)
		case m == markerDRI:
			err = d.restarts(payload)
		case isFrame(m):
			err = d.frame(m, payload)
		case m >= markerAPP0 && m <= markerAPP15:
			d.application(m, payload)
		}
		if err != nil {
			return err
		}
	}
}
