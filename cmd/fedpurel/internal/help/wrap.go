package help

import (
	"strings"
	"unicode/utf8"
)

// width is that of a terminal that is as narrow as they are.
const width = 80

// wrap breaks text at blanks into lines of no more than columns runes. A word that is longer has a line of its own.
func wrap(text string, columns int) []string {
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

// example is the prefix of the first of a command's examples, which follow each other line by line.
const example = "Example: "

// describe breaks a description: paragraphs, with an empty line between them, are filled; lines that begin with a mark
// of a list or a name and a colon stay lines of their own; an example that is too long continues as shells have it.
func describe(text string) string {
	var b strings.Builder
	for i, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			b.WriteString("\n")
		}
		switch {
		case strings.HasPrefix(paragraph, example):
			for _, line := range examples(paragraph) {
				b.WriteString(command(line))
			}
		case listed(paragraph):
			for line := range strings.Lines(paragraph) {
				b.WriteString(strings.Join(wrap(line, width-4), "\n    ") + "\n")
			}
		default:
			b.WriteString(strings.Join(wrap(paragraph, width), "\n") + "\n")
		}
	}
	return b.String()
}

// examples are the lines of a paragraph of examples; one that goes on in the next line, indented deeper than an example
// begins, is put together.
func examples(paragraph string) (all []string) {
	for line := range strings.Lines(paragraph) {
		line = strings.TrimRight(line, "\n")
		text := strings.TrimLeft(line, " ")
		if len(line)-len(text) > len(example) && len(all) > 0 {
			all[len(all)-1] += " " + text
			continue
		}
		all = append(all, line)
	}
	return all
}

// command is the line of an example, broken before an option where it is too long.
func command(line string) string {
	var b strings.Builder
	n := 0
	indent := strings.Repeat(" ", len(example))
	for i, part := range strings.Split(line, " --") {
		if i > 0 {
			part = " --" + part
		}
		size := utf8.RuneCountInString(part)
		if i > 0 && n+size > width-2 {
			b.WriteString(" \\\n" + indent + " ")
			n = len(indent) + 1
		}
		b.WriteString(part)
		n += size
	}
	return b.String() + "\n"
}

// listed tells a paragraph each line of which begins with a name and a colon.
func listed(paragraph string) bool {
	for line := range strings.Lines(paragraph) {
		name, _, found := strings.Cut(line, ": ")
		if !found || strings.Contains(name, " ") {
			return false
		}
	}
	return strings.Contains(paragraph, "\n")
}
