package array

import "fmt"

// ppm is a picture of w×h pixels, three bytes each, as a file.
func ppm(w, h int, rgb []byte) []byte {
	return append(fmt.Appendf(make([]byte, 0, 32+len(rgb)), "P6 %d %d 255\n", w, h), rgb...)
}

// pgm is a picture of w×h grey pixels as a file.
func pgm(w, h int, grey []byte) []byte {
	return append(fmt.Appendf(make([]byte, 0, 32+len(grey)), "P5 %d %d 255\n", w, h), grey...)
}

// form makes an image file of a row of an array.
type form func(row []byte) []byte

// interleaved, planar and grey give the way from a row of an array to an image file: three bytes a pixel, one plane a
// colour, one byte a pixel.
func interleaved(w, h int) form {
	return func(row []byte) []byte { return ppm(w, h, row) }
}

func planar(w, h int) form {
	return func(row []byte) []byte {
		rgb := make([]byte, len(row))
		for i := range w * h {
			rgb[3*i], rgb[3*i+1], rgb[3*i+2] = row[i], row[w*h+i], row[2*w*h+i]
		}
		return ppm(w, h, rgb)
	}
}

func grey(w, h int) form {
	return func(row []byte) []byte { return pgm(w, h, row) }
}

// transposed is grey for pictures that lie on their diagonal: column by column.
func transposed(w, h int) form {
	return func(row []byte) []byte {
		upright := make([]byte, len(row))
		for y := range h {
			for x := range w {
				upright[x*h+y] = row[y*w+x]
			}
		}
		return pgm(h, w, upright)
	}
}
