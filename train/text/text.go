// Package text breaks words into lines for people who read them on a terminal.
package text

import (
	"strings"
	"unicode/utf8"
)

// Columns is the width of a terminal that is as narrow as they are.
const Columns = 80

// Wrap breaks text at blanks into lines of no more than columns runes. A word that is longer has a line of its own.
func Wrap(text string, columns int) []string {
	var lines []string
	line, n := "", 0
	for word := range strings.FieldsSeq(text) {
		size := utf8.RuneCountInString(word)
		if n > 0 && n+1+size > columns {
			lines = append(lines, line)
			line, n = "", 0
		}
		if n > 0 {
			line, n = line+" ", n+1
		}
		line, n = line+word, n+size
	}
	if n > 0 {
		lines = append(lines, line)
	}
	return lines
}

// Fill is the text in lines of at most Columns, each ended by a line break.
func Fill(text string) string {
	return strings.Join(Wrap(text, Columns), "\n") + "\n"
}
