package lab

import (
	"path/filepath"
	"strings"
)

// Typed is a command line as env.json and reports show it: words that hold spaces or signs of a shell are quoted, and
// of absolute paths, which say how somebody's machine is laid out, the last element alone stays.
func Typed(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		name, value, has := "", arg, false
		if strings.HasPrefix(arg, "-") {
			if name, value, has = strings.Cut(arg, "="); !has {
				name, value = "", arg
			} else {
				name += "="
			}
		}
		if i == 0 || filepath.IsAbs(value) {
			value = filepath.Base(value)
		}
		words[i] = quoted(name + value)
	}
	return strings.Join(words, " ")
}

// quoted is a word that a POSIX shell reads as it is.
func quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune("-_./=:,+@%", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
