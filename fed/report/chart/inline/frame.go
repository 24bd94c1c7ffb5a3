package inline

import (
	"math"
	"slices"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/chart/scale"
)

const (
	apart   = 14  // px between the middles of two labels
	many    = 120 // names from which on marks stand without gaps
	band    = 24  // px above the data for the names of regions
	fewest  = 4   // methods up to which all have bands
	axed    = 12  // names that an axis can hold
	nominal = 230 // px that a square panel is at least wide
)

// frame is the geometry of a panel: scales, height, margins and what has to find room.
type frame struct {
	chart.Panel
	x, y        scale.Scale
	data        scale.Scale // of y, without the room for text
	height      float64     // px; of a square only nominal
	top, bottom float64     // px that are free of data
	left, right float64     // px of margin
	xTicks      []float64
	yTicks      []float64
	across      int
	figure      string // its title
	classed     bool   // x counts Names
	named       bool   // Names stand on the axis
	methods     int
	corner      string // of the notes; empty: they stand below the chart
}

// layout finds the frames of a figure's panels, with common margins and, where it says so, a common scale.
func layout(f chart.Figure) []*frame {
	var frames []*frame
	shared := scale.Empty()
	for _, p := range f.Panels {
		a := &frame{Panel: p, across: min(max(f.Across, 1), 4), figure: f.Title}
		a.classed = isClassed(p)
		a.methods = len(methods(p))
		frames = append(frames, a)
		e := a.extent()
		shared.Add(e.Low, e.High)
		a.data = e.Wide(p.Y.Log).Within(p.Y.Low, p.Y.High)
		if a.Square && p.Y.Low < p.Y.High {
			a.data = scale.Scale{Low: p.Y.Low, High: p.Y.High, Log: p.Y.Log}
		}
		a.horizontal()
	}
	var left, right, height, top, bottom float64
	for _, a := range frames {
		if f.Shared {
			a.data = shared.Wide(a.Y.Log).Within(a.Y.Low, a.Y.High)
		}
		a.rooms()
		a.yTicks = a.data.Ticks(4 + int(a.height)/300)
		a.left = 12
		for _, text := range a.data.Labels(a.yTicks, a.Y.Signed) {
			a.left = max(a.left, 10+width(text, 11.5))
		}
		a.right = a.endRoom()
		left, right, height = max(left, a.left), max(right, a.right), max(height, a.height)
		top, bottom = max(top, a.top), max(bottom, a.bottom)
	}
	for _, a := range frames {
		a.left, a.right, a.height = left, right, height
		if f.Shared {
			a.top, a.bottom = top, bottom
		}
		if !a.Square {
			a.height += top + bottom // panels beside each other are equally high
		}
		a.y = a.data.Room(a.bottom/a.height, a.top/a.height)
	}
	return frames
}

// banded says whether a series shows its spread: all do up to four methods, then ours and the first other.
func (a *frame) banded(s chart.Series) bool {
	return len(s.Low) == len(s.Y) && len(s.High) == len(s.Y) && (a.methods <= fewest || s.Method.Slot == 1 ||
		s.Method.Slot == 2)
}

// extent is what the data take up of y.
func (a *frame) extent() scale.Extent {
	e := scale.Empty()
	add := func(values ...float64) {
		for _, v := range values {
			if !a.Y.Log || v > 0 {
				e.Add(v)
			}
		}
	}
	for _, s := range a.Series {
		add(s.Y...)
		if a.banded(s) {
			add(s.Low...)
			add(s.High...)
		}
		for _, m := range s.Means {
			add(m.Y)
		}
	}
	for _, l := range a.Levels {
		add(l.Y)
	}
	if a.Y.Signed {
		add(0)
	}
	return e
}

// horizontal finds x: lines and squares fill their axis, marks stand a little inside.
func (a *frame) horizontal() {
	if a.classed {
		a.x = scale.Scale{Low: -0.5, High: float64(len(a.Names)) - 0.5}
		a.named = len(a.Names) <= axed
		for _, name := range a.Names {
			a.named = a.named && width(name, 11.5)+6 <= a.widths()[0]/float64(len(a.Names))
		}
		return
	}
	e, lines, whole := scale.Empty(), true, true
	for _, s := range a.Series {
		for _, x := range s.X {
			if !a.X.Log || x > 0 {
				e.Add(x)
				whole = whole && x == math.Trunc(x)
			}
		}
		lines = lines && s.Line
	}
	if a.x = e.Wide(a.X.Log); lines && !a.Square {
		a.x = e.Tight(a.X.Log)
	}
	a.x = a.x.Within(a.X.Low, a.X.High)
	if a.Square && a.X.Low < a.X.High {
		a.x = scale.Scale{Low: a.X.Low, High: a.X.High, Log: a.X.Log}
	}
	if e.Low == e.High {
		a.xTicks = []float64{e.Low}
		return
	}
	narrow := a.narrow()
	for n := 4; n > 0; n-- {
		a.xTicks = a.x.Ticks(n)
		if whole { // such as rounds, of which there are no halves
			a.xTicks = slices.DeleteFunc(a.xTicks, func(x float64) bool { return x != math.Trunc(x) })
		}
		widest := 0.0
		for _, text := range a.x.Labels(a.xTicks, a.X.Signed) {
			widest = max(widest, width(text, 11.5))
		}
		if (widest+9)*float64(len(a.xTicks)-1) > narrow {
			continue
		}
		for i, end := range []float64{a.x.Low, a.x.High} {
			if lines && !a.Square && e.Low < e.High {
				own := width(scale.Labels([]float64{end}, a.X.Signed)[0], 11.5)
				a.xTicks = a.x.End(a.xTicks, ((widest+own)/2+6)/narrow, end, i == 0)
			}
		}
		break
	}
}

// narrow is the least width that a panel's plot has, on a phone or beside others on paper.
func (a *frame) narrow() float64 {
	if a.across >= 3 {
		return 140
	}
	return 210
}

// widths are those of a panel's plot between which text must fit where it does not on a phone.
func (a *frame) widths() []float64 {
	if a.across == 1 {
		return []float64{780, 880, 980, 1070, 1160}
	}
	return []float64{390, 450, 520, 600}
}
