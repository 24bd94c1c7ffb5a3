package page

import (
	"math"
	"strconv"
	"strings"

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
