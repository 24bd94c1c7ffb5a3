package dataset

import (
	"strings"
	"unicode"
)

// SplitWords are the names of splits that SplitOf knows, those of training first.
var SplitWords = []string{"train", "training", "val", "valid", "validation", "dev", "test", "testing"}

// SplitOf is the split that a folder, a file or a word stands for, or Whole.
func SplitOf(name string) Split {
	switch strings.ToLower(name) {
	case "train", "training":
		return Train
	case "val", "valid", "validation", "dev":
		return Val
	case "test", "testing":
		return Test
	}
	return Whole
}

// SplitIn finds a split's word in a file's or folder's name: between dashes, dots, digits and other characters that are
// no letters. The first word counts if it is one, else the last that is: train-00000-of-00002, mytest-train-0001.
func SplitIn(name string) Split {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) })
	found := Whole
	for i, w := range words {
		s := SplitOf(w)
		if strings.EqualFold(w, "trainval") {
			s = Train
		}
		if s != Whole {
			found = s
		}
		if i == 0 && s != Whole {
			break
		}
	}
	return found
}
