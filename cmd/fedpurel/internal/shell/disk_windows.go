package shell

import "golang.org/x/sys/windows"

// Free is the room that the user has in a folder, in bytes, or -1.
func Free(dir string) int64 {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return -1
	}
	var room uint64
	if windows.GetDiskFreeSpaceEx(name, &room, nil, nil) != nil {
		return -1
	}
	return int64(room)
}
