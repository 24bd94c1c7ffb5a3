package help

import (
	"strings"
	"unicode/utf8"

	"github.com/fedpurel/fedpurel/train/text"
)

// example is the prefix of the first of a command's examples, which follow each other line by line.
const example = "Example: "

// describe breaks a description: paragraphs, with an empty line between them, are filled; lines that begin with a mark
// of a list or a name and a colon stay lines of their own; an example that is too long continues as shells have it.
func describe(words string) string {
	var b strings.Builder
	for i, paragraph := range strings.Split(strings.TrimSpace(words), "\n\n") {
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
				b.WriteString(strings.Join(text.Wrap(line, text.Columns-4), "\n    ") + "\n")
			}
		default:
			b.WriteString(text.Fill(paragraph))
		}
	}
	return b.String()
}

// examples are the lines of a paragraph of examples; one that goes on in the next line, indented deeper than an example
// begins, is put together.
func examples(paragraph string) (all []string) {
	for line := range strings.Lines(paragraph) {
		line = strings.TrimRight(line, "\n")
		words := strings.TrimLeft(line, " ")
		if len(line)-len(words) > len(example) && len(all) > 0 {
			all[len(all)-1] += " " + words
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
		if i > 0 && n+size > text.Columns-2 {
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
