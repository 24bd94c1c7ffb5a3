// Package escape makes text that comes from data, such as names of classes, clients and methods, harmless in what
// reports are written in. HTML is html/template's.
package escape

import (
	"strconv"
	"strings"
	"unicode"
)

// plain has a space for every line break and control character.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}

// Markdown is text as GitHub's Markdown shows it letter by letter, in one line: in a heading, a cell, a link's text.
func Markdown(s string) string {
	var b strings.Builder
	runes := []rune(plain(s))
	joins := func(i int) bool {
		return i >= 0 && i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]))
	}
	for i, r := range runes {
		switch r {
		case '\\', '`', '*', '[', ']', '|', '~', '$':
			b.WriteRune('\\')
		case '_':
			if !joins(i-1) || !joins(i+1) { // within a word it is a letter
				b.WriteRune('\\')
			}
		case '<':
			b.WriteString("&lt;")
			continue
		case '&':
			b.WriteString("&amp;")
			continue
		case '#', '-', '+', '>', '=':
			if i == 0 {
				b.WriteRune('\\')
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Prose is a program's own sentence, which may name things of the data, in Markdown: it brings no tags and no lines.
func Prose(s string) string {
	var b strings.Builder
	runes := []rune(plain(s))
	for i, r := range runes {
		if r == '<' && i+1 < len(runes) && runes[i+1] != ' ' {
			b.WriteString("&lt;")
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// CSV is a cell that no spreadsheet takes for a formula: an apostrophe stands before a text that begins like one.
// Numbers stay as they are.
func CSV(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}

// Row is CSV of all cells of a record, which is changed.
func Row(record []string) []string {
	for i, s := range record {
		record[i] = CSV(s)
	}
	return record
}

var latex = map[rune]string{
	'\\': `\textbackslash{}`, '{': `\{`, '}': `\}`, '$': `\$`, '&': `\&`, '#': `\#`, '%': `\%`, '_': `\_`,
	'~': `\textasciitilde{}`, '^': `\textasciicircum{}`, '<': `\textless{}`, '>': `\textgreater{}`, '|': `\textbar{}`,
	'"': `\textquotedbl{}`, '−': `$-$`, '±': `$\pm$`, '≤': `$\leq$`, '≥': `$\geq$`, 'Δ': `$\Delta$`, 'β': `$\beta$`,
	'σ': `$\sigma$`, 'φ': `$\varphi$`, '‖': `$\Vert$`, 'Σ': `$\Sigma$`, 'π': `$\pi$`, 'τ': `$\tau$`,
	'–': `--`, '’': `'`,
	'[': `{[}`, ']': `{]}`,
}

// LaTeX is text in a document in UTF-8.
func LaTeX(s string) string {
	var b strings.Builder
	for _, r := range plain(s) {
		if text, special := latex[r]; special {
			b.WriteString(text)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
