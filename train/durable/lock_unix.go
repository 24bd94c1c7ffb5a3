//go:build unix

package durable

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lock takes an exclusive lock that the system releases when the process ends, however it ends.
func lock(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return ErrBusy
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, unix.ENOLCK): // some shared file systems know no locks
		return nil
	}
	return err
}

// unlock removes the file while it is locked: who opened it before then finds that it is not current.
func unlock(path string, f *os.File) {
	_ = os.Remove(path) // one that stays does no harm
	_ = f.Close()       // nothing was written
}
