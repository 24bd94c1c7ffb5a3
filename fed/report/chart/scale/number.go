package scale

import (
	"math"
	"strconv"
	"strings"
)

// Number is a value as a reader sees it: with a true minus sign, thousands apart, powers of ten written out.
func Number(v float64, digits int) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case math.IsInf(v, 1):
		return "∞"
	case math.IsInf(v, -1):
		return "−∞"
	}
	if a := math.Abs(v); a >= 1e7 || a > 0 && a < 1e-4 {
		return power(v)
	}
	text := strconv.FormatFloat(math.Abs(v), 'f', max(digits, 0), 64)
	whole, rest, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0 && len(whole) > 3; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if rest != "" {
		whole += "." + rest
	}
	if v < 0 && strings.Trim(text, "0.") != "" {
		return "−" + whole
	}
	return whole
}

// Signed is a number with its sign; what shows as zero has none.
func Signed(v float64, digits int) string {
	text := Number(v, digits)
	if v > 0 && strings.Trim(text, "0.") != "" {
		return "+" + text
	}
	return text
}

// Labels are ticks as text: all with the digits that the finest needs, zeros behind the point left out if none has
// any other.
func Labels(ticks []float64, signed bool) []string {
	digits := 0
	for _, t := range ticks {
		digits = max(digits, needed(t))
	}
	texts := make([]string, len(ticks))
	for i, t := range ticks {
		shown := digits
		if needed(t) == 0 {
			shown = 0
		}
		if texts[i] = Number(t, shown); signed {
			texts[i] = Signed(t, shown)
		}
	}
	return texts
}

// Labels are ticks of a scale as text; on a logarithmic one each has only the digits that it needs itself.
func (s Scale) Labels(ticks []float64, signed bool) []string {
	if !s.Log {
		return Labels(ticks, signed)
	}
	texts := make([]string, len(ticks))
	for i, t := range ticks {
		texts[i] = Labels([]float64{t}, signed)[0]
	}
	return texts
}

// needed is how many digits behind the point a value has, at most six.
func needed(v float64) int {
	for d := range 6 {
		if p := math.Pow(10, float64(d)); math.Abs(math.Round(v*p)-v*p) < 1e-6*max(1, math.Abs(v*p)*1e-3) {
			return d
		}
	}
	return 6
}

// Digits is how many digits behind the point tell values of an extent apart, about three in all.
func Digits(extent float64) int {
	if !(extent > 0) || !Finite(extent) {
		return 1
	}
	return min(max(1-int(math.Floor(math.Log10(extent))), 0), 6)
}

var raised = strings.NewReplacer("-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶",
	"7", "⁷", "8", "⁸", "9", "⁹")

// power writes a number as a multiple of a power of ten.
func power(v float64) string {
	text := strconv.FormatFloat(v, 'e', 1, 64)
	mantissa, exponent, _ := strings.Cut(text, "e")
	n, _ := strconv.Atoi(exponent)
	mantissa = strings.TrimSuffix(mantissa, ".0")
	return strings.ReplaceAll(mantissa, "-", "−") + "×10" + raised.Replace(strconv.Itoa(n))
}
