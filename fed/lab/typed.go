package lab

import (
	"regexp"
	"strings"
	"unicode"
)

// Typed is a command line as env.json and reports show it: words that hold spaces or signs of a shell are quoted, and
// of paths that say how somebody's machine is laid out the last element alone stays: of absolute ones, and those that
// begin with ~ or lead upwards, also in lists, behind = and in file URLs.
func Typed(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		if i == 0 {
			arg = last(arg)
		}
		words[i] = quoted(parts.ReplaceAllStringFunc(strings.Map(visible, arg), short))
	}
	return strings.Join(words, " ")
}

// parts are what commas and equals signs divide.
var parts = regexp.MustCompile(`[^,=]+`)

// away are paths that begin outside the working folder.
var away = regexp.MustCompile(`^(/|~|[A-Za-z]:[\\/]|\\\\)|(^|[\\/])\.\.([\\/]|$)`)

// short is a part of a word without the folders of a path that leads away.
func short(part string) string {
	path, url := strings.CutPrefix(part, "file://")
	if url || away.MatchString(path) {
		return last(path)
	}
	return part
}

// last is the last element of a path of any system.
func last(path string) string {
	path = strings.TrimRight(path, `/\`)
	return path[strings.LastIndexAny(path, `/\`)+1:]
}

// visible has a space for control characters.
func visible(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
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
