package pixel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"io"

	"golang.org/x/image/webp"
)

// firstWebP decodes a WebP, of an animation the first frame on its canvas, as Pillow shows it. The library decodes
// still pictures only, so the frame is given to it as one.
func firstWebP(r io.Reader) (image.Image, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if !animated(data) {
		return webp.Decode(bytes.NewReader(data))
	}
	if uint64(binary.LittleEndian.Uint32(data[4:]))+8 > uint64(len(data)) {
		return nil, io.ErrUnexpectedEOF
	}
	frame := chunk(data[12:], "ANMF")
	if len(frame) < 16 {
		return nil, io.ErrUnexpectedEOF
	}
	size := func(at int) int { return int(frame[at]) | int(frame[at+1])<<8 | int(frame[at+2])<<16 }
	x, y, w, h := 2*size(0), 2*size(3), size(6)+1, size(9)+1
	c, err := canvas(data)
	if err != nil {
		return nil, err
	}
	if x+w > c.Width || y+h > c.Height {
		return nil, errors.New("a frame reaches beyond the canvas")
	}
	img, err := webp.Decode(bytes.NewReader(still(frame[16:], w, h)))
	if err != nil {
		return nil, err
	}
	if img.Bounds().Dx() != w || img.Bounds().Dy() != h {
		return nil, errors.New("a frame has another size than it says")
	}
	// Pillow composes onto a transparent canvas, so what is transparent loses its colour here.
	rgb := toRGB(img, true)
	out := image.NewRGBA(image.Rect(0, 0, c.Width, c.Height))
	for j := range h {
		for i := range w {
			k := 3 * (j*w + i)
			colour := color.RGBA{rgb.Pix[k], rgb.Pix[k+1], rgb.Pix[k+2], 255}
			if _, _, _, a := img.At(img.Bounds().Min.X+i, img.Bounds().Min.Y+j).RGBA(); a == 0 {
				colour = color.RGBA{0, 0, 0, 255}
			}
			out.SetRGBA(x+i, y+j, colour)
		}
	}
	for k := 3; k < len(out.Pix); k += 4 {
		out.Pix[k] = 255
	}
	return out, nil
}

// animated tells whether a WebP's extended header says so.
func animated(data []byte) bool {
	return len(data) > 30 && string(data[12:16]) == "VP8X" && data[20]&2 != 0
}

// webpConfig is the size of a WebP, or of the canvas of an animation.
func webpConfig(r io.Reader) (image.Config, error) {
	head := make([]byte, 32)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return image.Config{}, err
	}
	if head = head[:n]; animated(head) {
		return canvas(head)
	}
	return webp.DecodeConfig(io.MultiReader(bytes.NewReader(head), r))
}

// canvas reads the size in the extended header.
func canvas(data []byte) (image.Config, error) {
	size := func(at int) int { return (int(data[at]) | int(data[at+1])<<8 | int(data[at+2])<<16) + 1 }
	return image.Config{Width: size(24), Height: size(27), ColorModel: color.RGBAModel}, nil
}

// still is a file of one picture with the chunks of a frame.
func still(frame []byte, w, h int) []byte {
	var flags byte
	if len(frame) > 4 && string(frame[:4]) == "ALPH" {
		flags = 0x10
	}
	head := []byte{'V', 'P', '8', 'X', 10, 0, 0, 0, flags, 0, 0, 0,
		byte(w - 1), byte((w - 1) >> 8), byte((w - 1) >> 16), byte(h - 1), byte((h - 1) >> 8), byte((h - 1) >> 16)}
	if flags == 0 {
		head = nil
	}
	out := append([]byte("RIFF\x00\x00\x00\x00WEBP"), head...)
	out = append(out, frame...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}
