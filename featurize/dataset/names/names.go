// Package names gives classes the names that prompts use: from a file beside the set, as they are published, or made of
// folders, words and numbers.
package names

import (
	"fmt"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
)

// Human is a folder or code name as a prompt would have it.
func Human(name string) string { return strings.TrimSpace(strings.ReplaceAll(name, "_", " ")) }

// Humans is Human for each of the names.
func Humans(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = Human(n)
	}
	return out
}

// OneLine is a text without line breaks and repeated blanks.
func OneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// Fill returns the names of n classes. Those that have none are called by their number, which is noted.
func Fill(r *dataset.Remarks, n int, name func(int) string) []string {
	return fill(r, n, name, func(i int) int64 { return int64(i) })
}

// fill is Fill where numbers are not the labels.
func fill(r *dataset.Remarks, n int, name func(int) string, number func(int) int64) []string {
	classes := make([]string, n)
	unnamed, last := 0, ""
	for i := range classes {
		if classes[i] = OneLine(Human(name(i))); classes[i] == "" {
			classes[i] = fmt.Sprint("class ", number(i))
			unnamed, last = unnamed+1, classes[i]
		}
	}
	if unnamed > 0 {
		r.Note("%d of %d classes have no name and are called by their number, such as %q", unnamed, n, last)
	}
	return classes
}

// Of names a class by its label and by what paths say of it, "" if nothing. It gives "" for a class it does not know.
type Of func(label int, class string) string
