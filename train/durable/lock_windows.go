package durable

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lock takes an exclusive lock that the system releases when the process ends, however it ends.
func lock(f *os.File) error {
	flags := uint32(windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY)
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return ErrBusy
	}
	return err
}

// unlock removes the file last: the system removes none that somebody has open.
func unlock(path string, f *os.File) {
	_ = f.Close()       // nothing was written
	_ = os.Remove(path) // one that stays does no harm
}
