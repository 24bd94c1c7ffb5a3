package page

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// number is x with so many digits behind the point and a minus that is as wide as a plus. What rounds to zero has no
// sign.
func number(x float64, digits int) string {
	s := strconv.FormatFloat(x, 'f', digits, 64)
	if rest, negative := strings.CutPrefix(s, "-"); negative {
		if strings.Trim(rest, "0.") == "" {
			return rest
		}
		return "−" + rest
	}
	return s
}

// signed is a difference; what is not known is empty.
func signed(x float64, digits int) string {
	if math.IsNaN(x) {
		return ""
	}
	s := number(x, digits)
	if strings.HasPrefix(s, "−") || strings.Trim(s, "0.") == "" {
		return s
	}
	return "+" + s
}

func interval(d document.Difference, digits int) string {
	if math.IsNaN(d.Value) || math.IsNaN(d.Low) || math.IsNaN(d.High) {
		return ""
	}
	return "[" + number(d.Low, digits) + ", " + number(d.High, digits) + "]"
}

// long is a name that may be shown shortened, and so has to be said in full beside; empty if it is short.
func long(name string) string {
	if utf8.RuneCountInString(name) <= 12 {
		return ""
	}
	return name
}

// named is what a method is called; one without a name, by its id.
func named(m chart.Method) string {
	if strings.TrimSpace(m.Name) == "" {
		return m.ID
	}
	return m.Name
}

// stretch is part of a text: what stands between a pair of backticks there is code.
type stretch struct {
	Text string
	Code bool
}

// stretches parts a text at its backticks; one without a partner stays.
func stretches(text string) (all []stretch) {
	parts := strings.Split(text, "`")
	if n := len(parts); n%2 == 0 {
		parts = append(parts[:n-2], parts[n-2]+"`"+parts[n-1])
	}
	for i, part := range parts {
		if part != "" {
			all = append(all, stretch{part, i%2 == 1})
		}
	}
	return all
}
