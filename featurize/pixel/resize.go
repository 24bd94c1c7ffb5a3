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
		src, dst := img.Pix[3*(firstRow+y)*img.W:], middle.Pix[3*y*middle.W:]
		for x, t := range columns {
			r, g, b := int32(1<<(fraction-1)), int32(1<<(fraction-1)), int32(1<<(fraction-1))
			p := src[3*t.first : 3*(t.first+len(t.weights))]
			for j, w := range t.weights {
				r += int32(p[3*j]) * w
				g += int32(p[3*j+1]) * w
				b += int32(p[3*j+2]) * w
			}
			dst[3*x], dst[3*x+1], dst[3*x+2] = clamp8(int(r>>fraction)), clamp8(int(g>>fraction)), clamp8(int(b>>fraction))
		}
	}
	out := &RGB{win.width, win.height, make([]byte, 3*win.width*win.height)}
	line := make([]int32, 3*win.width)
	for y, t := range rows {
		for x := range line {
			line[x] = 1 << (fraction - 1)
		}
		for j, w := range t.weights {
			src := middle.Pix[3*(t.first-firstRow+j)*middle.W : 3*(t.first-firstRow+j+1)*middle.W]
			for x, v := range src {
				line[x] += int32(v) * w
			}
		}
		dst := out.Pix[3*y*out.W:]
		for x, v := range line {
			dst[x] = clamp8(int(v >> fraction))
		}
	}
	return out
}

// identity copies samples.
func identity(from, n int) []taps {
	all := make([]taps, n)
	for i := range all {
		all[i] = taps{from + i, []int32{1 << fraction}}
	}
	return all
}
