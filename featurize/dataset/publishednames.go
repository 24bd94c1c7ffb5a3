package dataset

import (
	"embed"
	"strings"
)

// published holds the class names of sets that do not bring them, one a line in label order; imagenet.txt has the folder first.
//
//go:embed names/*.txt
var published embed.FS

// publishedNames returns the class names of a published set, in label order, as its files spell them.
func publishedNames(set string) []string {
	data, err := published.ReadFile("names/" + set + ".txt")
	if err != nil {
		panic("dataset: " + err.Error()) // they are embedded
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}
