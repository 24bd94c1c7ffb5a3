package dataset

import (
	"path"

	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
)

// IsImage tells whether a file counts as an image, by its name. What it really is shows when it is decoded.
func IsImage(name string) bool { return disk.IsImage(name) && !Hidden(name) }

// Hidden tells whether a file or folder is other programs' business, by its name.
func Hidden(name string) bool { return disk.Hidden(path.Base(name)) }
