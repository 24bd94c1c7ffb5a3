package names

import (
	"embed"
	"strings"
)

// embedded holds the class names of sets that do not bring them, one a line in label order; imagenet.txt has the folder
// first.
//
//go:embed published/*.txt
var embedded embed.FS

// Published returns the class names of a published set, in label order, as its files spell them.
func Published(set string) []string {
	data, err := embedded.ReadFile("published/" + set + ".txt")
	if err != nil {
		panic("dataset: " + err.Error()) // they are embedded
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}
