package inline

import (
	"math"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/chart/scale"
)

// rooms finds the height and keeps parts of it free of data: for the names of regions, and for notes where no corner
// is free.
func (a *frame) rooms() {
	labels := len(a.Levels) + len(a.ended())
	a.height = max(156, apart*float64(labels+2))
	switch {
	case a.Square:
		a.height = nominal
	case a.classed && (a.across == 1 || len(a.Counts) > 0):
		a.height = max(a.height, 310)
	case !a.lined() || a.across == 1:
		a.height = max(a.height, 220)
	}
	a.y = a.data
	if len(a.Regions) > 0 && !a.Square {
		a.top = band
	}
	a.notes()
	if a.Below != "" && a.data.Low < 0 && !a.Square {
		a.bottom = 18
	}
}

// notes finds the corner that lines and marks leave free. A square that has none sets its notes below, as it does more
// than six; other panels make room above.
func (a *frame) notes() {
	if len(a.Notes) == 0 || len(a.Notes) > 6 {
		return
	}
	wide, high := 0.0, apart*float64(len(a.Notes))+8
	for _, n := range a.Notes {
		wide = max(wide, width(n.Text, 12)+10)
	}
	widest := a.narrow()
	if a.Square {
		widest = 190
	}
	w, h := min(wide/widest, 1), min(high/a.height, 1)
	for _, corner := range []string{"tl", "tr", "bl", "br"} {
		x0, y0 := 0.0, 0.0
		if corner[1] == 'r' {
			x0 = 1 - w
		}
		if corner[0] == 'b' {
			y0 = 1 - h
		}
		if a.free(x0, y0, x0+w, y0+h) {
			a.corner = corner
			return
		}
	}
	if !a.Square {
		a.corner, a.top = "tl", a.top+high
	}
}

// free says whether a rectangle, in shares of the plot from its top left, holds no data.
func (a *frame) free(x0, y0, x1, y1 float64) bool {
	inside := func(x, y float64) bool { return x >= x0 && x <= x1 && y >= y0 && y <= y1 }
	for _, s := range a.Series {
		lastX, lastY := math.NaN(), math.NaN()
		for i := range s.Y {
			x, y := a.x.At(s.X[i]), 1-a.data.At(s.Y[i])
			if inside(x, y) || a.banded(s) && (inside(x, 1-a.data.At(s.Low[i])) || inside(x, 1-a.data.At(s.High[i]))) {
				return false
			}
			for k := 1; k < 8 && s.Line; k++ {
				if t := float64(k) / 8; inside(lastX+t*(x-lastX), lastY+t*(y-lastY)) {
					return false
				}
			}
			lastX, lastY = x, y
		}
	}
	for _, l := range a.Levels {
		if y := 1 - a.data.At(l.Y); y >= y0 && y <= y1 {
			return false
		}
	}
	return true
}

func (a *frame) lined() bool {
	for _, s := range a.Series {
		if !s.Line {
			return false
		}
	}
	return true
}

// ended are the series whose names stand at their lines' ends: none in a square, where lines end together.
func (a *frame) ended() (found []chart.Series) {
	if a.Square || a.Diagonal != "" {
		return nil
	}
	for _, s := range a.Series {
		if _, ok := lastOf(s); s.Line && ok {
			found = append(found, s)
		}
	}
	return found
}

// lastOf is the index of a series' last point that is a number.
func lastOf(s chart.Series) (int, bool) {
	for i := len(s.Y) - 1; i >= 0; i-- {
		if scale.Finite(s.Y[i]) && scale.Finite(s.X[i]) {
			return i, true
		}
	}
	return 0, false
}

// endRoom is the margin on the right: as wide as the longest label needs, up to a bound.
func (a *frame) endRoom() float64 {
	wide := 0.0
	for _, s := range a.ended() {
		wide = max(wide, width(s.Method.Name, 12.6)+width(s.End, 12)+6)
	}
	for _, l := range a.Levels {
		wide = max(wide, width(l.Name, 12)+width(l.Text, 12)+6)
	}
	if wide == 0 {
		return 12
	}
	return min(wide, 170) + 12
}

// isClassed says whether a panel's x counts its names.
func isClassed(p chart.Panel) bool {
	if len(p.Names) == 0 || p.X.Log {
		return false
	}
	for _, s := range p.Series {
		for _, x := range s.X {
			if x != math.Trunc(x) || x < 0 || int(x) >= len(p.Names) {
				return false
			}
		}
	}
	return true
}

// methods are those of a panel's series, each once.
func methods(p chart.Panel) (found []chart.Method) {
	seen := map[string]bool{}
	for _, s := range p.Series {
		if !seen[s.Method.ID] {
			seen[s.Method.ID] = true
			found = append(found, s.Method)
		}
	}
	return found
}
