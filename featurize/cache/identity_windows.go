package cache

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// identify asks the system about a file.
func identify(path string) (identity, error) {
	f, err := os.Open(path)
	if err != nil {
		return identity{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return identity{}, err
	}
	var d windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(windows.Handle(f.Fd()), &d); err != nil {
		return identity{}, err
	}
	id := fmt.Sprintf("%d:%d:%d", d.VolumeSerialNumber, d.FileIndexHigh, d.FileIndexLow)
	return identity{Size: info.Size(), Mod: info.ModTime().UTC(), ID: id}, nil
}
