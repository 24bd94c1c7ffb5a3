package scale

import "math"

// Ticks are about n round numbers inside a scale, 1, 2 or 5 times a power of ten apart. On a logarithmic scale they are
// 1, 2 and 5 times powers of ten, or fewer.
func (s Scale) Ticks(n int) []float64 {
	n = max(n, 1)
	if s.Log {
		if ticks := s.powers(n); len(ticks) >= 2 {
			return ticks
		}
	}
	step := Step((s.High - s.Low) / float64(n))
	if step <= 0 || !Finite(step) {
		return nil
	}
	var ticks []float64
	for k := math.Ceil(s.Low/step - 1e-9); k*step <= s.High+step*1e-9 && len(ticks) <= 4*n; k++ {
		ticks = append(ticks, round(k, step)+0) // no negative zero
	}
	return ticks
}

// Step is the number of the form 1, 2 or 5 times a power of ten that is nearest to a rough step, by ratio.
func Step(rough float64) float64 {
	if !(rough > 0) {
		return 0
	}
	power := math.Floor(math.Log10(rough))
	switch m := rough / math.Pow(10, power); {
	case m < math.Sqrt2:
		return math.Pow(10, power)
	case m < math.Sqrt(10):
		return 2 * math.Pow(10, power)
	case m < math.Sqrt(50):
		return 5 * math.Pow(10, power)
	}
	return math.Pow(10, power+1)
}

// round is k steps without the error of a step below one, which is no binary fraction.
func round(k, step float64) float64 {
	if step < 1 {
		if inverse := math.Round(1 / step); math.Abs(inverse*step-1) < 1e-9 {
			return k / inverse
		}
	}
	return k * step
}

// powers are ticks of a logarithmic scale: the closest set that has no more than n + 2.
func (s Scale) powers(n int) []float64 {
	first, last := math.Floor(math.Log10(s.Low)), math.Ceil(math.Log10(s.High))
	inside := func(every float64, leading ...float64) (ticks []float64) {
		for p := every * math.Floor(first/every); p <= last; p += every {
			for _, m := range leading {
				if v := m * math.Pow(10, p); v >= s.Low*(1-1e-9) && v <= s.High*(1+1e-9) {
					ticks = append(ticks, v)
				}
			}
		}
		return ticks
	}
	for _, leading := range [][]float64{{1, 2, 5}, {1, 3}} {
		if ticks := inside(1, leading...); len(ticks) <= n+2 {
			return ticks
		}
	}
	every := max(1, math.Ceil((last-first)/float64(n+1)))
	return inside(every, 1)
}

// End adds an axis's first or last value to its ticks where it stands at least a share of the axis from the others.
func (s Scale) End(ticks []float64, apart, end float64, first bool) []float64 {
	at := s.At(end)
	for _, t := range ticks {
		if !(math.Abs(s.At(t)-at) >= apart) {
			return ticks
		}
	}
	if first {
		return append([]float64{end}, ticks...)
	}
	return append(ticks, end)
}
