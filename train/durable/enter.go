package durable

import (
	"fmt"
	"os"
	"path/filepath"
)

// Enter makes the folder dir, and those above it, and takes it as Hold does. Folders that it made go again on release,
// as far as nothing lies in them: work that fails before its first file leaves none behind.
func Enter(dir string) (release func(), err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	var made []string // the innermost first
	for d := dir; d != filepath.Dir(d); d = filepath.Dir(d) {
		if _, err := os.Lstat(d); err == nil {
			break
		}
		made = append(made, d)
	}
	leave := func() {
		for _, d := range made {
			_ = os.Remove(d) // it fails where there is something inside
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		leave()
		return nil, fmt.Errorf("make folder: %w", err)
	}
	unlock, err := Hold(dir)
	if err != nil {
		leave()
		return nil, err
	}
	return func() {
		unlock()
		leave()
	}, nil
}
