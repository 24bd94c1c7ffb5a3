//go:build unix

package cache

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// identify asks the system about a file.
func identify(path string) (identity, error) {
	var s unix.Stat_t
	if err := unix.Stat(path, &s); err != nil {
		return identity{}, err
	}
	at := func(t unix.Timespec) time.Time { return time.Unix(int64(t.Sec), int64(t.Nsec)).UTC() }
	return identity{Size: s.Size, Mod: at(s.Mtim), Changed: at(s.Ctim), ID: fmt.Sprintf("%d:%d", s.Dev, s.Ino)}, nil
}
