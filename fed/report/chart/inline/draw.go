package inline

import (
	"math"
	"sort"
	"strings"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/chart/palette"
	"github.com/fedpurel/fedpurel/fed/report/chart/scale"
)

// draw adds the data: joins, bands, lines, then marks, ours in front.
func (a *frame) draw(o *out) {
	series := append([]chart.Series(nil), a.Series...)
	sort.SliceStable(series, func(i, j int) bool { return depth(series[i]) > depth(series[j]) })
	o.f(`<svg width="100%%" height="100%%" viewBox="0 0 1000 1000" preserveAspectRatio="none">`)
	a.joins(o)
	for _, s := range series {
		if a.banded(s) {
			a.spread(o, s)
		}
	}
	for _, s := range series {
		o.f(`<g class="%s">`, classes(s.Method))
		for _, m := range s.Means {
			if from, to := 1000*a.x.At(m.From), 1000*a.x.At(m.To); scale.Finite(a.y.At(m.Y)) && from < to {
				o.f(`<path class="mean" d="M%s %sH%s"/>`, number(from), a.cy(m.Y), number(to))
			}
		}
		if s.Line {
			class := "ln"
			if dashes := palette.Dashes(s.Method.Slot); dashes != nil {
				class += ` dash" style="stroke-dasharray:` + lengths(dashes)
			}
			o.f(`<path class="%s" d="%s"/>`, class, a.path(s.X, s.Y))
		} else if a.dotted() {
			o.f(`<path class="dots" d="%s"/>`, a.dots(s))
		}
		o.f(`</g>`)
	}
	o.f(`</svg>`)
	for i, s := range series {
		o.f(`<g class="%s">`, classes(s.Method))
		a.marks(o, s, i, len(series))
		o.f(`</g>`)
	}
}

// depth orders series from front to back: ours, the others, zero-shot.
func depth(s chart.Series) int {
	if s.Method.Slot <= 0 {
		return math.MaxInt
	}
	return s.Method.Slot
}

func lengths(values []float64) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = number(v)
	}
	return strings.Join(texts, " ")
}

// dotted says whether there are so many names that marks stand without gaps, as dots.
func (a *frame) dotted() bool { return len(a.Names) > many }

// cx and cy are places in the stretched drawing, in thousandths.
func (a *frame) cx(x float64) string { return thousandth(a.x.At(x)) }
func (a *frame) cy(y float64) string { return thousandth(1 - a.y.At(y)) }

// thousandth is a share in thousandths, with one digit behind the point, which is finer than a pixel.
func thousandth(share float64) string { return number(math.Round(10000*share) / 10) }

// drawn says whether a point has a place.
func (a *frame) drawn(x, y float64) bool { return scale.Finite(a.x.At(x)) && scale.Finite(a.y.At(y)) }

// path joins points; a gap in the data is a gap in the line, and a point between two gaps a dot.
func (a *frame) path(xs, ys []float64) string {
	o, on := &out{}, false
	for i := range ys {
		switch here := a.drawn(xs[i], ys[i]); {
		case !here:
			on = false
		case on:
			o.f("L%s %s", a.cx(xs[i]), a.cy(ys[i]))
		default:
			o.f("M%s %sh0", a.cx(xs[i]), a.cy(ys[i]))
			on = true
		}
	}
	return o.String()
}

func (a *frame) dots(s chart.Series) string {
	o := &out{}
	for i := range s.Y {
		if a.drawn(s.X[i], s.Y[i]) {
			o.f("M%s %sh0", a.cx(s.X[i]), a.cy(s.Y[i]))
		}
	}
	return o.String()
}

// spread draws a line's band, piece by piece between gaps, or the bars of marks.
func (a *frame) spread(o *out, s chart.Series) {
	whole := func(i int) bool { return a.drawn(s.X[i], s.Low[i]) && a.drawn(s.X[i], s.High[i]) }
	d := &out{}
	for i := 0; i < len(s.Y); i++ {
		if !whole(i) {
			continue
		}
		if !s.Line {
			d.f("M%s %sV%s", a.cx(s.X[i]), a.cy(s.Low[i]), a.cy(s.High[i]))
			continue
		}
		end := i
		for end < len(s.Y) && whole(end) {
			d.f("%c%s %s", "ML"[min(end-i, 1)], a.cx(s.X[end]), a.cy(s.High[end]))
			end++
		}
		for k := end - 1; k >= i; k-- {
			d.f("L%s %s", a.cx(s.X[k]), a.cy(s.Low[k]))
		}
		d.f("Z")
		i = end
	}
	class := "whisk"
	if s.Line {
		class = "band"
	}
	o.f(`<path class="%s %s" d="%s"/>`, class, classes(s.Method), d.String())
}

// joins draws a line between the marks of one thing, so that methods can be compared on it.
func (a *frame) joins(o *out) {
	if len(a.Names) == 0 || a.dotted() {
		return
	}
	ranges := map[float64]*scale.Extent{}
	var order []float64
	for _, s := range a.Series {
		for i, y := range s.Y {
			if s.Line || !a.drawn(s.X[i], y) {
				continue
			}
			if ranges[s.X[i]] == nil {
				e := scale.Empty()
				ranges[s.X[i]] = &e
				order = append(order, s.X[i])
			}
			ranges[s.X[i]].Add(y)
		}
	}
	d := &out{}
	for _, x := range order {
		if e := ranges[x]; e.Low < e.High {
			d.f("M%s %sV%s", a.cx(x), a.cy(e.Low), a.cy(e.High))
		}
	}
	o.f(`<path class="join" d="%s"/>`, d.String())
}

// alone says whether a point has no neighbour to be joined to.
func (a *frame) alone(s chart.Series, i int) bool {
	return (i == 0 || !a.drawn(s.X[i-1], s.Y[i-1])) && (i+1 == len(s.Y) || !a.drawn(s.X[i+1], s.Y[i+1]))
}

// marks draws a line's last point and those without neighbours, or every point; those of one class stand a little
// beside each other.
func (a *frame) marks(o *out, s chart.Series, index, count int) {
	aside, largest := 0.0, 0.0
	if a.classed && count > 1 && len(a.Names) <= many {
		aside = (float64(count-1)/2 - float64(index)) * min(3.4, 10/float64(count))
	}
	for _, size := range s.Size {
		if scale.Finite(size) {
			largest = max(largest, size)
		}
	}
	last, _ := lastOf(s)
	for i := range s.Y {
		if !a.drawn(s.X[i], s.Y[i]) || !s.Line && a.dotted() {
			continue
		}
		if s.Line && !s.Marks && i != last && !a.alone(s, i) {
			continue
		}
		radius := 4.4
		if s.Line {
			radius = 3.2
		}
		if i < len(s.Size) && largest > 0 && scale.Finite(s.Size[i]) {
			radius = 2 + 5*math.Sqrt(max(s.Size[i], 0)/largest)
		}
		if a.classed && len(a.Names) > 60 {
			radius = 3
		}
		o.f(`<svg class="mk" x="%s%%" y="%s%%">%s</svg>`, a.px(s.X[i]), a.py(s.Y[i]),
			marker(s.Method, radius, aside))
	}
}
