package inline

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// out is markup as it grows.
type out struct{ strings.Builder }

// f adds markup. Strings among the arguments must be escaped.
func (o *out) f(format string, arguments ...any) { fmt.Fprintf(o, format, arguments...) }

// clean is a text without what HTML and XML forbid (control characters, broken encoding, noncharacters) and without
// controls of direction, which would turn what follows.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r) || r == utf8.RuneError || r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF,
			r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, s)
}

// esc is a text as content or as a quoted attribute.
func esc(s string) string { return html.EscapeString(clean(s)) }

// token is an ID as part of a class name.
func token(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return -1
	}, s)
}

// number is a coordinate, with two digits behind the point at most.
func number(v float64) string {
	s := strings.TrimRight(strconv.FormatFloat(v, 'f', 2, 64), "0")
	if s = strings.TrimSuffix(s, "."); s == "-0" {
		return "0"
	}
	return s
}

// width is how wide a text runs in a sans-serif face, in pixels; a little much rather than too little.
func width(s string, size float64) float64 {
	em := 0.0
	for _, r := range clean(s) {
		switch {
		case strings.ContainsRune("iljtfrI.,:;'|!()[]-· ", r):
			em += 0.34
		case strings.ContainsRune("mwMW%@", r):
			em += 0.92
		case unicode.IsUpper(r):
			em += 0.72
		case unicode.Is(unicode.Mn, r):
		case r >= 0x2E80:
			em += 1.05
		default:
			em += 0.59
		}
	}
	return em * size
}

// hint is a title attribute with the whole text, where that may be cut short.
func hint(s string, longest int) string {
	if utf8.RuneCountInString(s) <= longest {
		return ""
	}
	return ` title="` + esc(s) + `"`
}

// middle is a text that has lost its middle if it is longer than a number of runes: its end may be a value.
func middle(s string, most int) string {
	runes := []rune(clean(s))
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:most-11]) + "…" + string(runes[len(runes)-10:])
}

// upper is a text that begins a sentence.
func upper(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}
