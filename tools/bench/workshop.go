package main

import (
	"errors"
	"os"
)

// workshop is a folder in o.out for what a measurement leaves behind, with the program built in it. done removes it.
func workshop(o options) (work, binary string, done func(), err error) {
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return "", "", nil, err
	}
	if work, err = os.MkdirTemp(o.out, "work-*"); err != nil {
		return "", "", nil, err
	}
	if binary, err = build(work); err != nil {
		return "", "", nil, errors.Join(err, os.RemoveAll(work))
	}
	return work, binary, func() { _ = os.RemoveAll(work) }, nil // what cannot be removed does no harm
}
