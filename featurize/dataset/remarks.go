package dataset

import (
	"fmt"
	"maps"
	"slices"
)

// Remarks are what a user should know about a set before hours are spent on it: sentences, and what was left out for
// which reason.
type Remarks struct {
	Notes   []string
	skipped map[string]*skips
}

// skips counts what was left out for one reason.
type skips struct {
	n     int
	first string
}

// Note adds a sentence.
func (r *Remarks) Note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// Skip notes that something was left out, and why: "3 files that are no images, such as a.txt". The reason is in the
// plural.
func (r *Remarks) Skip(reason, name string) {
	if r.skipped == nil {
		r.skipped = map[string]*skips{}
	}
	if r.skipped[reason] == nil {
		r.skipped[reason] = &skips{first: name}
	}
	r.skipped[reason].n++
}

// Skipped is the first that was left out for a reason, if any was.
func (r *Remarks) Skipped(reason string) (first string, some bool) {
	if s := r.skipped[reason]; s != nil {
		return s.first, true
	}
	return "", false
}

// LeftOut says what was left out, a sentence for each reason.
func (r *Remarks) LeftOut() (all []string) {
	for _, reason := range slices.Sorted(maps.Keys(r.skipped)) {
		s := r.skipped[reason]
		all = append(all, fmt.Sprintf("%d %s, such as %s", s.n, reason, s.first))
	}
	return all
}

// AllLeftOut says it in one, for the error that nothing is left.
func (r *Remarks) AllLeftOut() (all string) {
	for _, s := range r.LeftOut() {
		all += "; left out: " + s
	}
	return all
}
