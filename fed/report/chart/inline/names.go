package inline

import (
	"math"
	"sort"

	"github.com/fedpurel/fedpurel/fed/report/chart/scale"
)

const (
	labelled = 10  // names at the largest differences
	longest  = 180 // px of a name's label, then an ellipsis
)

// box is a rectangle in pixels.
type box struct{ x0, y0, x1, y1 float64 }

func (b box) meets(c box) bool { return b.x0 < c.x1 && c.x0 < b.x1 && b.y0 < c.y1 && c.y0 < b.y1 }

// nameLabels names the classes of the largest differences, where a label touches nothing at any of the plot's usual
// widths. On a phone they are hidden; the line below the chart has all names.
func (a *frame) nameLabels(o *out) {
	if !a.classed || a.named || !a.Y.Signed || a.lined() {
		return
	}
	taken := map[float64][]box{}
	for _, w := range a.widths() {
		taken[w] = a.obstacles(w)
	}
	for _, m := range a.largest() {
		x, y := 100*a.x.At(m.x), a.down(m.y)
		wide := min(width(m.name, 11.5), longest) + 2
		for _, side := range []string{"right", "left", "over", "under"} {
			if !a.fits(taken, side, x, y, wide) {
				continue
			}
			for w := range taken {
				taken[w] = append(taken[w], place(side, x*w/100, y, wide))
			}
			at := "left:" + number(x)
			if side == "left" {
				at = "right:" + number(100-x)
			}
			o.f(`<span class="nm %s" style="%s%%;top:%s%%"%s>%s</span>`, side, at, number(100*y/a.height),
				hint(m.name, 20), esc(m.name))
			break
		}
	}
}

// fits says whether a label on one side of a mark touches nothing and stays inside, at all widths.
func (a *frame) fits(taken map[float64][]box, side string, x, y, wide float64) bool {
	for w, boxes := range taken {
		b := place(side, x*w/100, y, wide)
		if b.x0 < 0 || b.x1 > w || b.y0 < 0 || b.y1 > a.height {
			return false
		}
		for _, other := range boxes {
			if b.meets(other) {
				return false
			}
		}
	}
	return true
}

// place is where a label beside a mark stands.
func place(side string, x, y, wide float64) box {
	switch side {
	case "right":
		return box{x + 10, y - 7, x + 10 + wide, y + 7}
	case "left":
		return box{x - 10 - wide, y - 7, x - 10, y + 7}
	case "over":
		return box{x - wide/2, y - 22, x + wide/2, y - 8}
	}
	return box{x - wide/2, y + 8, x + wide/2, y + 22}
}

// obstacles are what labels must not touch in a plot of a width: marks and joins, level lines, means, names of
// regions, notes.
func (a *frame) obstacles(w float64) (boxes []box) {
	line := func(y, from, to float64) { boxes = append(boxes, box{from, y - 1, to, y + 1}) }
	if a.Y.Signed {
		line(a.down(0), 0, w)
	}
	for _, l := range a.Levels {
		line(a.down(l.Y), 0, w)
	}
	ranges := map[float64]*scale.Extent{}
	for _, s := range a.Series {
		for _, m := range s.Means {
			line(a.down(m.Y), w*a.x.At(m.From), w*a.x.At(m.To))
		}
		for i := range s.Y {
			if !a.drawn(s.X[i], s.Y[i]) {
				continue
			}
			x, y := w*a.x.At(s.X[i]), a.down(s.Y[i])
			boxes = append(boxes, box{x - 8, y - 6, x + 8, y + 6})
			if ranges[s.X[i]] == nil {
				e := scale.Empty()
				ranges[s.X[i]] = &e
			}
			ranges[s.X[i]].Add(y)
		}
	}
	for x, e := range ranges {
		boxes = append(boxes, box{w*a.x.At(x) - 1, e.Low, w*a.x.At(x) + 1, e.High})
	}
	if len(a.Regions) > 0 {
		boxes = append(boxes, box{0, 0, w, band})
	}
	if a.corner != "" {
		boxes = append(boxes, box{0, 0, w, apart * float64(len(a.Notes)+2)})
	}
	if a.bottom > 0 {
		boxes = append(boxes, box{0, a.height - a.bottom, w, a.height})
	}
	return boxes
}

// namedMark is a name at its most different mark.
type namedMark struct {
	name string
	x, y float64
}

// largest are the names whose marks are farthest from zero, farthest first.
func (a *frame) largest() []namedMark {
	best := make([]namedMark, len(a.Names))
	for _, s := range a.Series {
		for i, y := range s.Y {
			if k := int(s.X[i]); a.drawn(s.X[i], y) && math.Abs(y) > math.Abs(best[k].y) {
				best[k] = namedMark{a.Names[k], s.X[i], y}
			}
		}
	}
	sort.SliceStable(best, func(i, j int) bool { return math.Abs(best[i].y) > math.Abs(best[j].y) })
	for i, m := range best {
		if i == labelled || m.y == 0 {
			return best[:i]
		}
	}
	return best
}

// regionNames sets the names of regions into the strip above the data, each within its region.
func (a *frame) regionNames(o *out) {
	for _, r := range a.Regions {
		from, to := 100*a.x.At(r.From), 100*a.x.At(r.To)
		if !(to > from) {
			continue
		}
		o.f(`<span class="region" style="left:%s%%;width:%s%%"%s><b>%s</b>`, number(from), number(to-from),
			hint(r.Name+", "+r.Sub, 8), esc(r.Name))
		if r.Sub != "" {
			o.f(`<small>, %s</small>`, esc(r.Sub))
		}
		o.f(`</span>`)
	}
}

// axisNames sets all names below the axis, for the few that fit.
func (a *frame) axisNames(o *out) {
	o.f(`<div class="axis" aria-hidden="true">`)
	for _, name := range a.Names {
		o.f(`<span%s><bdi>%s</bdi></span>`, hint(name, 6), esc(name))
	}
	o.f(`</div>`)
}

// counts draws bars that hang from the axis, and says what they count.
func (a *frame) counts(o *out) {
	n := len(a.Counts)
	e := scale.Empty()
	e.Add(a.Counts...)
	if n == 0 || n != len(a.Names) || e.High <= 0 {
		return
	}
	gap := 0.12
	if n > many {
		gap = 0
	}
	d := &out{}
	for i, c := range a.Counts {
		if high := 1000 * c / e.High; scale.Finite(high) && high > 0 {
			d.f("M%s 0h%sv%sh-%[2]sz", number((float64(i)+gap)*1000/float64(n)), number((1-2*gap)*1000/float64(n)),
				number(high))
		}
	}
	o.f(`<div class="plot counts" style="--ml:%spx;--mr:%spx"><svg class="draw" width="100%%" height="42" `+
		`viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true"><path d="%s"/></svg>`,
		number(a.left), number(a.right), d.String())
	if a.CountLabel != "" {
		o.f(`<p class="ax">%s, %s to %s</p>`, esc(a.CountLabel), scale.Number(a.Counts[0], 0),
			scale.Number(a.Counts[n-1], 0))
	}
	o.f(`</div>`)
}
