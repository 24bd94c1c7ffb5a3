// Package pixel turns the bytes of an image file into the input of a vision tower, with the pixels that Pillow-based
// CLIP pipelines give: decode, RGB, resize, centre crop, normalise.
//
// NewRecipe takes a model's description of its pixels; Decode and Apply prepare a picture.
package pixel

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	otherjpeg "image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/fedpurel/fedpurel/featurize/jpeg"
	"github.com/fedpurel/fedpurel/train/fault"
)

// MaxPixels bounds the size of a picture, as Pillow does against decompression bombs.
const MaxPixels = 178_956_970

// RGB is a picture of W×H pixels, three bytes each, row by row.
type RGB struct {
	W, H int
	Pix  []byte
}

// format is a kind of file, known by how it begins.
type format struct {
	name   string
	magic  string // ? matches any byte
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var formats = []format{
	{"JPEG", "\xff\xd8", otherjpeg.DecodeConfig, otherjpeg.Decode}, // those kinds that package jpeg leaves to it
	{"PNG", "\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode},
	{"GIF", "GIF8?a", gif.DecodeConfig, firstFrame},
	{"BMP", "BM????\x00\x00\x00\x00", bmp.DecodeConfig, bmp.Decode},
	{"WebP", "RIFF????WEBP", webpConfig, firstWebP},
	{"TIFF", "II*\x00", tiff.DecodeConfig, tiff.Decode},
	{"TIFF", "MM\x00*", tiff.DecodeConfig, tiff.Decode},
	{"PPM", "P6", pnmConfig, decodePNM},
	{"PGM", "P5", pnmConfig, decodePNM},
}

func (f format) matches(data []byte) bool {
	if len(data) < len(f.magic) {
		return false
	}
	for i := range len(f.magic) {
		if f.magic[i] != '?' && data[i] != f.magic[i] {
			return false
		}
	}
	return true
}

// Decode decodes a JPEG, PNG, BMP, TIFF, binary PPM or PGM, or the first frame of a GIF or WebP, known by its
// content, into RGB. Transparency is dropped, not blended; palettes are expanded; 16-bit samples keep their high
// byte (those of a PPM are rounded to 8 bits); grey is replicated. As with Pillow, a TIFF is turned as its orientation
// tag says, which is part of decoding it; other formats' tags and all colour profiles are ignored, as CLIP's own
// pipelines do. Sizes are checked before pixels are allocated.
func Decode(data []byte) (img *RGB, err error) {
	defer func() {
		if p := recover(); p != nil { // a decoder that fails on a damaged file must not end the program
			img, err = nil, fault.Corruptf("the decoder failed: %v", p)
		}
	}()
	if len(data) == 0 {
		return nil, fault.Corruptf("the file is empty")
	}
	for _, f := range formats {
		if !f.matches(data) {
			continue
		}
		if f.name == "JPEG" {
			w, h, rgb, err := jpeg.Decode(data)
			if err == nil {
				return &RGB{w, h, rgb}, nil
			} else if !errors.Is(err, jpeg.ErrUnsupported) {
				return nil, f.explain(data, err)
			}
		}
		c, err := f.config(bytes.NewReader(data))
		if err != nil {
			return nil, f.explain(data, err)
		}
		if c.Width < 1 || c.Height < 1 {
			return nil, fault.Corruptf("the %s is %d×%d pixels", f.name, c.Width, c.Height)
		}
		if int64(c.Width)*int64(c.Height) > MaxPixels {
			return nil, fault.Corruptf("the %s claims %d×%d pixels, more than %d million",
				f.name, c.Width, c.Height, MaxPixels/1_000_000)
		}
		decoded, err := f.decode(bytes.NewReader(data))
		if err != nil {
			return nil, f.explain(data, err)
		}
		rgb := toRGB(decoded, f.name == "WebP")
		if f.name != "TIFF" {
			return rgb, nil
		}
		if faxInverted(data) {
			rgb.invert()
		}
		return upright(rgb, data), nil
	}
	if t := bytes.TrimSpace(bytes.TrimPrefix(data[:min(len(data), 512)], []byte("\ufeff"))); len(t) > 0 && t[0] == '<' {
		return nil, fault.Corruptf("it is no image but text that begins %.20q, "+
			"such as a web page saved under an image's name", t)
	}
	return nil, fault.Corruptf("it is no JPEG, PNG, GIF, BMP, WebP, TIFF or PPM (it begins % x)",
		data[:min(len(data), 8)])
}

// explain says what is wrong with a file that its decoder refused: of a kind that the decoder cannot read, cut off, or
// damaged in another way.
func (f format) explain(data []byte, err error) error {
	var (
		inJPEG otherjpeg.UnsupportedError
		inPNG  png.UnsupportedError
		inTIFF tiff.UnsupportedError
	)
	switch {
	case errors.As(err, &inJPEG), errors.As(err, &inPNG), errors.As(err, &inTIFF), errors.Is(err, bmp.ErrUnsupported):
		return fault.Corruptf("this kind of %s is not supported (%w)", f.name, err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fault.Corruptf("the %s is truncated (%w)", f.name, err)
	}
	return fault.Corruptf("the %s is damaged (%w)", f.name, err)
}

// straight returns the colour's own components, as if it were opaque.
func straight(c color.Color) (r, g, b, a uint8) {
	if n, ok := c.(color.NRGBA); ok {
		return n.R, n.G, n.B, n.A
	}
	if n, ok := c.(color.NRGBA64); ok {
		return uint8(n.R >> 8), uint8(n.G >> 8), uint8(n.B >> 8), uint8(n.A >> 8)
	}
	if p, ok := c.(color.RGBA); ok && p.A == 0 { // a transparent palette entry keeps its colour
		return p.R, p.G, p.B, 0
	}
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	return n.R, n.G, n.B, n.A
}
