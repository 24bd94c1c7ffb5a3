// Package scale lays numbers out on axes: domains that end where data ends, few round ticks, numbers as text, labels
// that stand apart.
package scale

import "math"

// margin is by what share of its extent a domain is wider than its data.
const margin = 0.03

// Scale maps [Low, High] to [0, 1], evenly or, if Log is set, by logarithms.
type Scale struct {
	Low, High float64
	Log       bool
}

// Extent is the smallest and the largest of numbers. It grows by Add; the zero value is not empty, see Empty.
type Extent struct{ Low, High float64 }

// Empty is the extent of no number.
func Empty() Extent { return Extent{math.Inf(1), math.Inf(-1)} }

// Add takes in the values that are numbers.
func (e *Extent) Add(values ...float64) {
	for _, v := range values {
		if Finite(v) {
			e.Low, e.High = min(e.Low, v), max(e.High, v)
		}
	}
}

// Wide is a scale a little wider than the data.
func (e Extent) Wide(log bool) Scale {
	s := e.Tight(log)
	if log {
		by := math.Pow(s.High/s.Low, margin)
		return Scale{s.Low / by, s.High * by, true}
	}
	by := s.High*margin - s.Low*margin
	return Scale{s.Low - by, s.High + by, false}
}

// Tight is a scale of exactly the data, or of a stretch around it where all data are equal or there are none.
func (e Extent) Tight(log bool) Scale {
	if e.Low > e.High {
		e = Extent{0, 1}
	}
	e.Low, e.High = min(max(e.Low, -huge), huge), min(max(e.High, -huge), huge)
	if log {
		if !(e.Low > 0) {
			e = Extent{1, max(10, e.High)}
		}
		if e.High/e.Low < 1.0001 {
			e = Extent{e.Low / 2, e.High * 2}
		}
		return Scale{e.Low, e.High, true}
	}
	if wide := e.High - e.Low; wide <= 1e-9*max(math.Abs(e.Low), math.Abs(e.High)) {
		by := max(math.Abs(e.Low), math.Abs(e.High)) * 0.05
		if by == 0 {
			by = 1
		}
		e = Extent{e.Low - by, e.High + by}
	}
	return Scale{e.Low, e.High, false}
}

// huge bounds what is drawn, so that differences and margins stay finite.
const huge = 1e280

// Within cuts a scale to bounds, if there are any: low < high.
func (s Scale) Within(low, high float64) Scale {
	if !(low < high) {
		return s
	}
	t := Scale{max(s.Low, low), min(s.High, high), s.Log}
	if !(t.Low < t.High) || s.Log && !(t.Low > 0) {
		return s
	}
	return t
}

// At is where a value stands; a value outside stands at the end. It is NaN for what has no place.
func (s Scale) At(v float64) float64 {
	if !Finite(v) || s.Log && v <= 0 {
		return math.NaN()
	}
	low, high := s.Low, s.High
	if s.Log {
		low, high, v = math.Log(low), math.Log(high), math.Log(v)
	}
	return min(max((v-low)/(high-low), 0), 1)
}

// Room is a scale that leaves shares of its whole free below and above.
func (s Scale) Room(below, above float64) Scale {
	keep := 1 - below - above
	if s.Log {
		low, wide := math.Log(s.Low), math.Log(s.High)-math.Log(s.Low)
		return Scale{math.Exp(low - wide*below/keep), math.Exp(low + wide*(1+above/keep)), true}
	}
	wide := s.High - s.Low
	return Scale{s.Low - wide*below/keep, s.High + wide*above/keep, false}
}

// Finite says whether a value is a number.
func Finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
