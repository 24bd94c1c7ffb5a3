package fault

import "strings"

// Unknown marks a name that is none of those that are known: what says what kind of name it is, such as "train: unknown
// loss". The message proposes the closest known one, if one is close, and lists all.
func Unknown(what, name string, known []string) error {
	return Usagef("%s %q;%s known: %s", what, name, DidYouMean(name, known), strings.Join(known, ", "))
}

// DidYouMean is " did you mean X?" with the closest of the known names, or empty if none is close.
func DidYouMean(name string, known []string) string {
	if best := Closest(name, known); best != "" {
		return " did you mean " + best + "?"
	}
	return ""
}

// Closest is the known name that somebody may have meant who wrote name, or empty: one that differs by few slips of the
// fingers, or the only one that begins as name does. Capitals, and how words are joined, do not count.
func Closest(name string, known []string) string {
	const stem = 3 // so many letters of a beginning say enough
	written := folded(name)
	best, least := "", (len(written)+2)/4+1 // one slip in four letters
	var begun []string
	for _, k := range known {
		if d := slips(written, folded(k)); d < least {
			best, least = k, d
		}
		if len(written) >= stem && strings.HasPrefix(string(folded(k)), string(written)) {
			begun = append(begun, k)
		}
	}
	if len(written) < 2 {
		return ""
	}
	if best == "" && len(begun) == 1 {
		best = begun[0]
	}
	return best
}

func folded(name string) []rune {
	return []rune(strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name)))
}

// slips counts the letters that are missing, too many or wrong, and the neighbours that are swapped, between a and b.
func slips(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before, last, row = last, row, before
		row[0] = i + 1
		for j := range b {
			wrong := 1
			if a[i] == b[j] {
				wrong = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+wrong)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
