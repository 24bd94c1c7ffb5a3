package told

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// way is where a difference points: 1 up, −1 down, and 0 if it shows as 0.0 or does not exist.
func way(points float64) int {
	switch {
	case !there(points) || tenths(math.Abs(points)) == "0.0":
		return 0
	case points > 0:
		return 1
	default:
		return -1
	}
}

// tenths is a number with one digit behind the point.
func tenths(v float64) string {
	return strings.Replace(strconv.FormatFloat(v, 'f', 1, 64), "-", "−", 1)
}

// size is a difference without its sign.
func size(points float64) string { return tenths(math.Abs(points)) }

// signed is a difference with its sign: +2.1, −0.2, 0.0.
func signed(points float64) string {
	return [...]string{"−" + size(points), "0.0", "+" + size(points)}[way(points)+1]
}

// spread is "74.7 ± 0.2 %", or "74.7 %" of a single run.
func (m Model) spread() string {
	if !there(m.SD) {
		return tenths(m.Mean) + " %"
	}
	return tenths(m.Mean) + " ± " + tenths(m.SD) + " %"
}

// to compares with what is called so: "1.1 points above FedAvg", "6.3 points below FedAvg", or the words for as many.
func (g Gap) to(name, same string) string {
	switch way(g.Value) {
	case 1:
		return size(g.Value) + " points above " + name
	case -1:
		return size(g.Value) + " points below " + name
	default:
		return same + " " + name
	}
}

// interval is that of the difference's size: "0.6 to 1.5". It is empty where there is none.
func (g Gap) interval() string {
	low, high := g.Low, g.High
	if way(g.Value) < 0 {
		low, high = -high, -low
	}
	if !there(low) || !there(high) {
		return ""
	}
	text := plain(low) + " to " + plain(high)
	if g.Low < 0 && g.High > 0 {
		text += ", which includes zero"
	}
	return text
}

// plain is a bound, of which zero has no sign.
func plain(v float64) string {
	if way(v) == 0 {
		return "0.0"
	}
	return tenths(v)
}

// over says what intervals are over, or that there can be none.
func (f *Facts) over() string {
	switch {
	case f.Data > 1:
		return fmt.Sprintf("over %d data seeds", f.Data)
	case f.Seeds > 1:
		return "training seeds only"
	default:
		return "one run"
	}
}

// listed joins words: a, b and c.
func listed(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}

// capital begins with a capital letter.
func capital(text string) string {
	first, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[n:]
}

// globalOf names a method's global model at the beginning of a sentence.
func globalOf(name string) string {
	last, _ := utf8.DecodeLastRuneInString(name)
	if strings.ContainsFunc(name, unicode.IsSpace) || !unicode.IsLetter(last) && !unicode.IsDigit(last) {
		return "The global model of " + name
	}
	return name + "’s global model"
}

// span is between which values numbers are: 40, or 20 to 40.
func span(values []float64) string {
	if len(values) == 0 {
		return ""
	}
	low, high := slices.Min(values), slices.Max(values)
	if low == high {
		return fmt.Sprintf("%g", low)
	}
	return fmt.Sprintf("%g to %g", low, high)
}
