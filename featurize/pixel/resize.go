package pixel

import "math"

// kernel is a resampling filter with its support at scale 1.
type kernel struct {
	support float64
	at      func(x float64) float64
}

// bicubic is Pillow's BICUBIC, the cubic convolution with a = −½ (Keys, 1981); bilinear is the triangle.
var (
	bicubic  = kernel{2, cubic}
	bilinear = kernel{1, func(x float64) float64 { return max(0, 1-math.Abs(x)) }}
)

func cubic(x float64) float64 {
	const a = -0.5
	x = math.Abs(x)
	switch {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	default:
		return 0
	}
}

// taps are the weights of one output sample: source samples from first on, 22 fractional bits.
type taps struct {
	first   int
	weights []int32
}

const fraction = 22

// axis computes the taps of the output samples [from, to) of a resize from in to out samples. Reducing widens the
// filter, so that every source sample counts. Source: the geometry and fixed point of Pillow's resampling.
func axis(k kernel, in, out, from, to int) []taps {
	scale := float64(in) / float64(out)
	widen := max(scale, 1)
	support, inverse := k.support*widen, 1/widen
	all := make([]taps, 0, to-from)
	room, slab := make([]float64, min(in, int(2*support)+2)), []int32(nil)
	for i := from; i < to; i++ {
		centre := (float64(i) + 0.5) * scale
		lo, hi := max(0, int(centre-support+0.5)), min(in, int(centre+support+0.5))
		w, sum := room[:hi-lo], 0.0
		for j := range w {
			w[j] = k.at((float64(lo+j) - centre + 0.5) * inverse)
			sum += w[j]
		}
		if cap(slab)-len(slab) < len(w) {
			slab = make([]int32, 0, max(len(w), (to-i)*(int(2*support)+2)))
		}
		slab = slab[:len(slab)+len(w)]
		t := taps{lo, slab[len(slab)-len(w):]}
		for j, v := range w {
			t.weights[j] = int32(math.Trunc(v/sum*(1<<fraction) + math.Copysign(0.5, v/sum)))
		}
		all = append(all, t)
	}
	return all
}

// window is a rectangle of the resized picture.
type window struct{ left, top, width, height int }

// resize returns the window of img resized to w×h: columns first, rounded to bytes, then rows, as Pillow does; a
// direction that keeps its size is not filtered. Only what the window needs is computed.
func resize(img *RGB, k kernel, w, h int, win window) *RGB {
	rows := axis(k, img.H, h, win.top, win.top+win.height)
	if h == img.H {
		rows = identity(win.top, win.height)
	}
	firstRow := rows[0].first
	lastRow := firstRow
	for _, t := range rows {
		firstRow, lastRow = min(firstRow, t.first), max(lastRow, t.first+len(t.weights))
	}
	columns := axis(k, img.W, w, win.left, win.left+win.width)
	if w == img.W {
		columns = identity(win.left, win.width)
	}
	middle := &RGB{win.width, lastRow - firstRow, make([]byte, 3*win.width*(lastRow-firstRow))}
	for y := range middle.H {
		row := img.Pix[3*(firstRow+y)*img.W : 3*(firstRow+y+1)*img.W]
		acrossRow(middle.Pix[3*y*middle.W:3*(y+1)*middle.W], row, columns)
	}
	out := &RGB{win.width, win.height, make([]byte, 3*win.width*win.height)}
	line := make([]int32, 3*win.width)
	for y, t := range rows {
		t.first -= firstRow
		downRows(out.Pix[3*y*out.W:3*(y+1)*out.W], line, middle, t)
	}
	return out
}

// half rounds a sum of products to the nearest whole.
const half = 1 << (fraction - 1)

// acrossRow filters a row of pixels: dst gets a pixel for each of the columns' taps.
func acrossRow(dst, src []byte, columns []taps) {
	for _, t := range columns {
		r, g, b := int32(half), int32(half), int32(half)
		p := src[3*t.first:]
		for _, w := range t.weights {
			if len(p) < 3 { // never; it saves the compiler three checks
				break
			}
			r += int32(p[0]) * w
			g += int32(p[1]) * w
			b += int32(p[2]) * w
			p = p[3:]
		}
		dst[0], dst[1], dst[2] = clamp8(int(r>>fraction)), clamp8(int(g>>fraction)), clamp8(int(b>>fraction))
		dst = dst[3:]
	}
}

// downRows filters rows of pixels into one, dst; line is room for its sums. Four rows at a time, so that sums are
// loaded and stored a quarter as often.
func downRows(dst []byte, line []int32, src *RGB, t taps) {
	row := func(j int) []byte { return src.Pix[3*(t.first+j)*src.W:][:len(line)] }
	for x := range line {
		line[x] = half
	}
	w := t.weights
	j := 0
	for ; j+4 <= len(w); j += 4 {
		w0, w1, w2, w3 := w[j], w[j+1], w[j+2], w[j+3]
		r0, r1, r2, r3 := row(j), row(j+1), row(j+2), row(j+3)
		for x := range line {
			line[x] += int32(r0[x])*w0 + int32(r1[x])*w1 + int32(r2[x])*w2 + int32(r3[x])*w3
		}
	}
	for ; j < len(w); j++ {
		w0, r0 := w[j], row(j)
		for x := range line {
			line[x] += int32(r0[x]) * w0
		}
	}
	for x, v := range line {
		dst[x] = clamp8(int(v >> fraction))
	}
}

// identity copies samples.
func identity(from, n int) []taps {
	all := make([]taps, n)
	for i := range all {
		all[i] = taps{from + i, []int32{1 << fraction}}
	}
	return all
}
