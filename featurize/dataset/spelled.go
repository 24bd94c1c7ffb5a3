package dataset

import (
	"fmt"
	"strings"
)

// human is a folder or code name as a prompt would have it.
func human(name string) string { return strings.TrimSpace(strings.ReplaceAll(name, "_", " ")) }

// humans is human for each of the names.
func humans(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = human(n)
	}
	return out
}

// oneLine is a text without line breaks and repeated blanks.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// fill returns the names of n classes. Those that have none are called by their number, which is noted.
func fill(r *Remarks, n int, name func(int) string) []string {
	classes := make([]string, n)
	unnamed, last := 0, ""
	for i := range classes {
		if classes[i] = oneLine(human(name(i))); classes[i] == "" {
			classes[i] = fmt.Sprint("class ", i)
			unnamed, last = unnamed+1, classes[i]
		}
	}
	if unnamed > 0 {
		r.Note("%d of %d classes have no name and are called by their number, such as %q", unnamed, n, last)
	}
	return classes
}

// numbered are names for n classes that have none.
func numbered(format string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf(format, i)
	}
	return names
}
