package durable

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// LockFile is the file by whose lock Hold takes a folder. It is there while somebody writes, and after a process that
// was killed.
const LockFile = ".lock"

// ErrBusy says that another process has the folder.
var ErrBusy = errors.New("another process is writing there; wait for it or choose another --out")

// Hold takes the folder dir, which must exist, for one writer at a time: until release, which may be called twice, or
// until the process ends, however it ends. So there is nothing to clear up after one that was killed. Where another
// has the folder, the error is ErrBusy. File systems that know no locks let everybody in.
func Hold(dir string) (release func(), err error) {
	path := filepath.Join(dir, LockFile)
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
		if err != nil {
			return nil, explain(path, err)
		}
		if err := lock(f); err != nil {
			_ = f.Close() // nothing was written
			return nil, fmt.Errorf("lock %s: %w", dir, err)
		}
		if current(path, f) {
			return sync.OnceFunc(func() { unlock(path, f) }), nil
		}
		_ = f.Close() // its holder removed it just now; the next one is another file
	}
}

// current tells whether f is still the file at path.
func current(path string, f *os.File) bool {
	held, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(held, there)
}
