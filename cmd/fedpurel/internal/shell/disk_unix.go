//go:build linux || darwin

package shell

import "golang.org/x/sys/unix"

// Free is the room that the user has in a folder, in bytes, or -1.
func Free(dir string) int64 {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return -1
	}
	return int64(s.Bavail) * int64(s.Bsize)
}
