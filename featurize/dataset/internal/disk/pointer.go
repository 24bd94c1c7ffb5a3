package disk

import (
	"io"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// NotPointer refuses what git leaves in the place of a large file.
func NotPointer(path string, f io.ReaderAt) error {
	var begin [64]byte
	n, _ := f.ReadAt(begin[:], 0)
	switch start := string(begin[:n]); {
	case strings.HasPrefix(start, "version https://git-lfs"):
		return fault.Missingf("dataset: %s is a pointer of git-lfs, not the file itself; fetch it with `git lfs pull`",
			path)
	case strings.HasPrefix(start, "/annex/objects/"):
		return fault.Missingf("dataset: %s is a pointer of git-annex, not the file itself; "+
			"fetch it with `git annex get`", path)
	}
	return nil
}
