// Package fault sorts errors by what a user can do about them.
//
// Libraries mark an error with a kind; the command line turns the kind into a documented exit code.
// The kind never shows in the message: the message names the thing and the remedy, the kind is for programs.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what sort of remedy an error needs.
type Kind int

// The kinds, with the exit code that the command line gives each.
const (
	Failure     Kind = iota // 1: nothing more specific is known
	Usage                   // 2: an option or argument is wrong
	Expectation             // 3: a result lies outside what was expected
	Missing                 // 10: an input does not exist
	Corrupt                 // 11: an input exists but cannot be what it claims
	Mismatch                // 12: a hash differs from the recorded one
)

type fault struct {
	kind Kind
	err  error
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// Errorf formats an error like fmt.Errorf and marks it with a kind. %w works.
func Errorf(kind Kind, format string, args ...any) error {
	return &fault{kind, fmt.Errorf(format, args...)}
}

// Usagef marks a wrong option or argument.
func Usagef(format string, args ...any) error { return Errorf(Usage, format, args...) }

// Missingf marks an input that is not there.
func Missingf(format string, args ...any) error { return Errorf(Missing, format, args...) }

// Corruptf marks an input that cannot be what it claims.
func Corruptf(format string, args ...any) error { return Errorf(Corrupt, format, args...) }

// Mismatchf marks content whose hash differs from the recorded one.
func Mismatchf(format string, args ...any) error { return Errorf(Mismatch, format, args...) }

// KindOf returns the kind of the outermost marked error in the chain, or Failure.
func KindOf(err error) Kind {
	var f *fault
	if errors.As(err, &f) {
		return f.kind
	}
	return Failure
}
